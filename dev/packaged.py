"""Addons of others that come as packages: on the addons path of few databases only."""

from __future__ import annotations

from pathlib import Path

from .console import step
from .errors import Refusal
from .layout import Layout, built_aside, locked, short_hash
from .process import Failed, output_of
from .python_env import PythonEnv, errors_in

#: Beside this file: which packages, with their hashes.
LOCK = "queue.lock"


def expected(layout: Layout) -> Path:
    """Return the folder of the packages, which need not be there yet."""
    lock = (layout.root / "dev" / LOCK).read_text()
    return layout.cache / f"packaged-{short_hash(lock)}"


def addons_of(folder: Path) -> Path:
    """Return where in the folder Odoo finds addons."""
    return folder / "odoo" / "addons"


def ready(layout: Layout, env: PythonEnv) -> Path:
    """Return the folder, filling it first when it is not there."""
    folder = expected(layout)
    with locked(layout, folder.name):
        if not folder.exists():
            with step("Installing addons of others"), built_aside(folder) as part:
                _install(env, layout.root / "dev" / LOCK, part)
    return folder


def _install(env: PythonEnv, lock: Path, folder: Path) -> None:
    words = ["install", "--quiet", "--require-hashes", "--no-deps", "--target", folder]
    try:
        output_of([env.python, "-m", "pip", *words, "-r", lock])
    except Failed as err:
        raise Refusal(
            "The addons of others could not be installed; is the network there? "
            f"pip said:\n{errors_in(err.tail)}"
        ) from err
