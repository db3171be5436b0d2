"""Chromium: the machine's, or Debian's packages unpacked in the cache."""

from __future__ import annotations

import shutil
from pathlib import Path

from .console import step
from .debian import Apt, available, wrap
from .errors import Refusal
from .layout import Layout, built_aside, locked, need_space
from .process import Failed, output_of

#: Names under which Odoo's test harness looks for a browser on the path.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
#: The browser, and one font: Debian's recommendations are not installed.
PACKAGES = ("chromium", "fonts-liberation")


def on_path() -> Path | None:
    """Return the machine's own browser."""
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)


def unpacked(layout: Layout) -> Path:
    """Return where the wrapper of the unpacked browser is or will be."""
    return layout.cache / "chromium" / "bin" / "chromium"


def find(layout: Layout) -> Path | None:
    """Return the browser that is there already."""
    own = unpacked(layout)
    return on_path() or (own if own.exists() else None)


def _fetch(layout: Layout) -> None:
    if not available():
        raise Refusal(
            "There is no Chromium on this machine and no apt to get it with. Install "
            "Chromium so that `chromium` is on the PATH."
        )
    need_space(layout.cache)
    tree = unpacked(layout).parent.parent
    with (
        step("Downloading and unpacking Chromium"),
        Apt(layout.cache / "apt-chromium") as apt,
        built_aside(tree) as folder,
    ):
        apt.update()
        apt.unpack(apt.missing_for(PACKAGES), folder)
        _try_out(wrap(folder, folder / "usr/lib/chromium/chromium"))


def _try_out(program: Path) -> None:
    """Refuse a browser that does not start: tests would be skipped without a word."""
    try:
        output_of([program, "--version"])
    except Failed as err:
        raise Refusal(f"The unpacked Chromium does not start:\n{err.tail}") from err


def ready(layout: Layout) -> Path:
    """Return a browser, fetching one first when there is none."""
    if not find(layout):
        with locked(layout, "chromium"):
            if not find(layout):
                _fetch(layout)
    return find(layout) or unpacked(layout)
