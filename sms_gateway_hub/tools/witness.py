"""What seals there were, noted outside of the database in a file that only grows.

Whoever may do everything in the database can delete the last seals with all that they
sealed. This file, beside the key of the vault, still knows them.

One file belongs to one database: its name and its identity are both in the file's name,
so that a copy, which has another of them, keeps a file of its own. Each line is a JSON
object with ``company`` (id), ``what`` and ``seal`` (a number):

- ``seal``: a seal that was made, with its ``root`` and ``sealed_at`` (UTC);
- ``late``: seals up to this one were there before the file was;
- ``acknowledged``: from this seal on the lines before count no more, because somebody
  said so: ``by``, ``at`` and ``reason``.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from odoo.tools import config

from .consent_chain import canonical_json

_BEGIN = "sms_hub_witness"


@dataclass
class Noted:
    """What the file knows of one company.

    :param roots: by number of the seal
    :param late: the last seal that was there before the file; 0 when there was none
    """

    roots: dict[int, str] = field(default_factory=dict)
    late: int = 0


def folder() -> Path:
    """Return where the files are: where a generated key of the vault would be."""
    return Path(config["data_dir"])


def path_of(database: str, identity: str) -> Path:
    """Return where the file of a database is; nothing in it leads elsewhere."""
    return folder() / f"{_prefix(database)}{quote(identity, safe='')}.jsonl"


def paths_like(database: str) -> list[Path]:
    """Return the files of all databases that ever had this name here."""
    names = sorted(folder().glob(f"{_BEGIN}@*.jsonl"))
    return [path for path in names if path.name.startswith(_prefix(database))]


def read(path: Path) -> tuple[dict[int, Noted], bool]:
    """Return what the file knows, by company, and whether lines of it are damaged.

    :raise OSError: when it is not there or cannot be read
    """
    noted: dict[int, Noted] = {}
    damaged = False
    for line in path.read_text(errors="replace").splitlines():
        try:
            note = json.loads(line)
            _follow(noted.setdefault(note["company"], Noted()), note)
            damaged = damaged and note["what"] != "acknowledged"
        except (ValueError, KeyError, TypeError):
            damaged = damaged or bool(line)
    return noted, damaged


def append(path: Path, notes: Iterable[dict[str, Any]]) -> None:
    """Add lines, and return once they are on the disk.

    :raise OSError: when that cannot be
    """
    text = b"".join(canonical_json(note) + b"\n" for note in notes)
    path.parent.mkdir(parents=True, exist_ok=True)
    # readable by its owner only, from its first moment
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab+") as file:
        if file.tell() and _last_byte(file) != b"\n":
            text = b"\n" + text  # a write broke off here
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _prefix(database: str) -> str:
    return f"{_BEGIN}@{quote(database, safe='')}@"


def _follow(noted: Noted, note: dict[str, Any]) -> None:
    what, seal = note["what"], int(note["seal"])
    if what == "seal":
        noted.roots[seal] = note["root"]
    elif what == "late":
        noted.late = seal
    elif what == "acknowledged":
        noted.roots = {seq: root for seq, root in noted.roots.items() if seq < seal}
        noted.late = 0
    else:
        raise ValueError(what)


def _last_byte(file: Any) -> bytes:
    file.seek(-1, os.SEEK_END)
    return file.read(1)


def _sync_folder(path: Path) -> None:
    """Let a new file survive a crash, too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
