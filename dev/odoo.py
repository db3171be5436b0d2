"""Odoo 19: the user's own, or Debian's package unpacked in the cache."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from .console import step
from .debian import Apt, available
from .errors import Refusal
from .layout import Layout, built_aside, locked, need_space
from .process import Failed, output_of
from .python_env import PythonEnv

#: Raised by one whenever what is laid into the tree changes.
TREE = "odoo-19-1"
#: Debian replaces bundled fonts and scripts by links to these packages. Odoo's icons
#: are drawn for Font Awesome 4.7, which later suites no longer have under these names.
PACKAGES = (
    "odoo-19/sid",
    "fonts-font-awesome/bookworm",
    "fonts-inconsolata/sid",
    "fonts-montserrat/sid",
    "fonts-ocr-b/sid",
    "fonts-roboto-unhinted/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
)
#: Debian leaves this file out; without it the backend's bundle logs an error, which
#: fails every browser test. The version is the one that Odoo 19 ships.
SELFIE_PACKAGE = "@mediapipe/selfie_segmentation@0.1.1675465747"
SELFIE_FILE = Path("mail/static/lib/selfie_segmentation/selfie_segmentation.js")
_SERIES = re.compile(r"version_info\s*=\s*\(\s*(?:'[^']*?(\d+)'|(\d+))\s*,")


@dataclass(frozen=True)
class Odoo:
    """A place Odoo can be started from.

    :param path: what goes on the import path.
    :param addons: its addons folders, base first.
    """

    path: Path
    addons: tuple[Path, ...]


def series_in(release: str) -> int | None:
    """Return the major version in the text of ``odoo/release.py``."""
    found = _SERIES.search(release)
    return int(found[1] or found[2]) if found else None


def at(folder: Path) -> Odoo:
    """Return the Odoo in ``folder``: a source checkout or a dist-packages folder."""
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        raise Refusal(
            f"There is no Odoo in {folder}: odoo/release.py is missing. ODOO_HOME must "
            "name a checkout of Odoo 19 or the folder that holds its odoo package."
        )
    series = series_in(release.read_text())
    if series != 19:
        raise Refusal(f"The Odoo in {folder} is version {series}; 19 is needed.")
    addons = [folder / "odoo" / "addons"]
    if (folder / "odoo-bin").exists():
        addons.append(folder / "addons")
    return Odoo(folder, tuple(addons))


def _fetch_selfie(env: PythonEnv, addons: Path) -> None:
    target = addons / SELFIE_FILE
    if target.exists():
        return
    with built_aside(addons.parent / "selfie") as folder:
        try:
            output_of([env.program("npm"), "pack", SELFIE_PACKAGE], cwd=folder)
        except Failed as err:
            raise Refusal(
                "A script that Odoo's pages need could not be fetched; is the network "
                f"there? npm said:\n{err.tail}"
            ) from err
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as packed:
            source = packed.extractfile(f"package/{SELFIE_FILE.name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read())
    shutil.rmtree(addons.parent / "selfie")


def _fetch(layout: Layout, env: PythonEnv, tree: Path) -> None:
    if not available():
        raise Refusal(
            "This machine has no apt to fetch Odoo 19 with. Set ODOO_HOME to a "
            "checkout of Odoo 19."
        )
    need_space(layout.cache)
    state = layout.cache / "apt-odoo"
    with Apt(state, ("sid", "bookworm")) as apt, built_aside(tree) as folder:
        with step("Reading Debian's package lists"):
            apt.update()
        with step("Downloading and unpacking Odoo 19 (117 MB)"):
            apt.unpack(PACKAGES, folder)
            _fetch_selfie(env, folder / "usr/lib/python3/dist-packages/odoo/addons")


def expected(layout: Layout) -> Path:
    """Return the folder that Odoo is or will be imported from."""
    if os.environ.get("ODOO_HOME"):
        return Path(os.environ["ODOO_HOME"]).expanduser().absolute()
    return layout.cache / TREE / "usr/lib/python3/dist-packages"


def ready(layout: Layout, env: PythonEnv) -> Odoo:
    """Return Odoo 19, fetching Debian's package first when none is there."""
    folder = expected(layout)
    if not os.environ.get("ODOO_HOME"):
        tree = layout.cache / TREE
        with locked(layout, "odoo"):
            if not tree.exists():
                _fetch(layout, env, tree)
    return at(folder)
