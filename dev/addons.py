"""The addons of this repository: which there are, what they need, what they contain."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

#: Apps that tests want beside us although no addon depends on them: core's own
#: connector to an SMS platform has to live with ours.
NEIGHBOURS = ("sms_twilio",)
#: Addons that stand on packages of others and change how all the rest runs: they get
#: databases of their own.
APART = ("sms_gateway_hub_queue_job",)
#: Parts of an addon that do not change what is in a database after its installation.
_IGNORED_SUFFIXES = {".pyc", ".md", ".rst", ".pot"}
_IGNORED_FOLDERS = {"__pycache__", "tests", "readme"}


def manifest(addon: Path) -> dict:
    """Return the manifest of an addon folder."""
    return ast.literal_eval((addon / "__manifest__.py").read_text())


def find(root: Path, *, apart: bool = False) -> list[Path]:
    """Return the installable addon folders of the repository, by name.

    :param apart: also those that need a database of their own.
    """
    folders = sorted(path.parent for path in root.glob("*/__manifest__.py"))
    return [
        folder
        for folder in folders
        if manifest(folder).get("installable", True)
        and (apart or folder.name not in APART)
    ]


def outside_needs(folders: Iterable[Path]) -> list[str]:
    """Return the modules that the addons depend on and that are not among them."""
    folders = list(folders)
    ours = {folder.name for folder in folders}
    needed = {name for folder in folders for name in manifest(folder)["depends"]}
    return sorted((needed - ours) | set(NEIGHBOURS))


def _contents(addon: Path) -> Iterator[Path]:
    for path in sorted(addon.rglob("*")):
        inside = path.relative_to(addon)
        # ``static/tests`` stays: it is part of the test bundle of the web client.
        if inside.parts[0] in _IGNORED_FOLDERS or "__pycache__" in inside.parts:
            continue
        if path.is_file() and path.suffix not in _IGNORED_SUFFIXES:
            yield path


def fingerprint(folders: Iterable[Path]) -> str:
    """Return a hash of everything in the addons that shapes a database."""
    digest = hashlib.sha256()
    for addon in folders:
        for path in _contents(addon):
            digest.update(str(path.relative_to(addon.parent)).encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
