"""``./hub clean``: stop what we started and remove what we made."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from . import databases, postgres, postgres_home, stack
from .children import end_leftovers
from .console import say, size
from .errors import Refusal
from .layout import Layout, in_use
from .serving import pid_file


@dataclass(frozen=True)
class CleanOptions:
    """What a person asked for on the command line."""

    everything: bool = False
    servers: bool = False
    yes: bool = False


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.lstat().st_size for path in files)


def targets(layout: Layout, *, everything: bool) -> list[Path]:
    """Return the folders to remove: databases and their files, or all there is."""
    cache = layout.cache
    if everything:
        made = [cache]
    else:
        made = [cache / "odoo-data", cache / "checkouts"]
    home = postgres_home.home(layout)
    # The clusters lie inside the cache unless root's cache is closed to their account.
    if not (everything and home.is_relative_to(cache)):
        made.append(home)
    return [folder for folder in made if folder.exists()]


def stop_servers(layout: Layout) -> None:
    """Stop our clusters, and programs that a killed ``run`` left behind."""
    end_leftovers(pid_file(layout), layout.state)
    folder = postgres_home.find_programs() or postgres_home.unpacked_programs(layout)
    if not folder:
        return
    for mode in postgres.MODES:
        if postgres.Cluster(layout, mode, folder).stop():
            say(f"✓ stopped PostgreSQL ({mode})")


def _confirmed(folders: list[Path]) -> bool:
    say("This removes:")
    for folder in folders:
        say(f"  {folder} ({size(size_of(folder))})")
    try:
        return input("Go on? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def _drop_named(layout: Layout) -> None:
    """Drop our databases on the server that ``PGHOST`` names."""
    ready = stack.ready(layout, "durable")
    for name in databases.names(ready):
        databases.drop(ready, name)
        say(f"✓ dropped {name}")


def clean(layout: Layout, options: CleanOptions) -> int:
    """Do what ``options`` ask for and return the exit status."""
    with in_use(layout, alone=True):
        if options.servers:
            stop_servers(layout)
            return 0
        folders = targets(layout, everything=options.everything)
        if not options.yes and not _confirmed(folders):
            raise Refusal("Nothing was removed. `./hub clean --yes` does not ask.")
        if os.environ.get("PGHOST"):
            _drop_named(layout)
        stop_servers(layout)
        for folder in folders:
            shutil.rmtree(folder)
            say(f"✓ removed {folder}")
    return 0
