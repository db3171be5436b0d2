"""Where PostgreSQL's programs come from, whom the server runs as, where it lives."""

from __future__ import annotations

import os
import pwd
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from .console import step
from .debian import Apt, available, wrap
from .errors import Refusal
from .layout import Layout, built_aside, locked, short_hash
from .process import output_of

#: Accounts that run the server when we are root, which PostgreSQL refuses to be.
ACCOUNTS = ("postgres", "nobody")


def account() -> int | None:
    """Return the user id the server runs as, or nothing when it is our own."""
    if os.geteuid():
        return None
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise Refusal("PostgreSQL cannot run as root; make a user named postgres.")


def reachable(folder: Path, uid: int | None) -> bool:
    """Tell whether user ``uid`` may walk down to ``folder``."""
    if uid is None:
        return True
    parents = [path for path in (folder, *folder.parents) if path.exists()]
    return all(path.stat().st_mode & 0o001 for path in parents)


def home(layout: Layout) -> Path:
    """Return the folder of the clusters.

    That is the cache, unless we are root and the server's account cannot enter it.
    """
    if reachable(layout.cache, account()):
        return layout.cache / "postgres"
    return Path("/var/tmp") / f"sms-gateway-hub-{short_hash(str(layout.cache))}"


def find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL programs on this machine."""
    roots = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(roots, key=lambda folder: float(folder.parent.name))
    if shutil.which("pg_config"):
        folders.insert(0, Path(output_of(["pg_config", "--bindir"]).strip()))
    usable = [folder for folder in folders if (folder / "initdb").exists()]
    return usable[-1] if usable else None


def unpacked_programs(layout: Layout) -> Path | None:
    """Return the folder of the programs that were unpacked beside the data."""
    folder = home(layout) / "programs" / "bin"
    return folder if folder.exists() else None


def _unpack(layout: Layout) -> None:
    """Get PostgreSQL's programs from Debian's packages."""
    if not available():
        raise Refusal(
            "There is no PostgreSQL on this machine and no apt to get it with. Install "
            "PostgreSQL 13 or newer, or name a server in PGHOST."
        )
    with (
        step("Downloading and unpacking PostgreSQL"),
        Apt(layout.cache / "apt-postgres") as apt,
        built_aside(home(layout) / "programs") as folder,
    ):
        apt.update()
        apt.unpack(with_client(apt.missing_for(["postgresql"])), folder)
        for program in folder.glob("usr/lib/postgresql/*/bin/*"):
            wrap(folder, program)


def with_client(packages: Sequence[str]) -> list[str]:
    """Add the client programs of the same version, installed or not.

    Where only the client is installed apt leaves it out, and we need both together.
    """
    names = [package.partition("=")[0] for package in packages]
    servers = [name for name in names if re.fullmatch(r"postgresql-\d+", name)]
    clients = [name.replace("postgresql", "postgresql-client") for name in servers]
    return [*packages, *(name for name in clients if name not in names)]


def programs(layout: Layout) -> Path:
    """Return the folder of PostgreSQL's programs, fetching them if need be."""
    found = find_programs() or unpacked_programs(layout)
    if found:
        return found
    with locked(layout, "postgres-programs"):
        if not unpacked_programs(layout):
            _unpack(layout)
    return programs(layout)
