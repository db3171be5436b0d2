"""Chromium: the machine's, or Debian's packages unpacked in the cache."""

from __future__ import annotations

import shutil
from pathlib import Path

from .console import step
from .debian import Apt, available
from .errors import Refusal
from .layout import Layout, built_aside, locked, need_space
from .process import Failed, output_of

#: Names under which Odoo's test harness looks for a browser on the path.
NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")
#: Starts the unpacked browser with its own libraries, fonts and font settings.
WRAPPER = """#!/bin/sh
# Starts the Chromium that was unpacked here, with the libraries unpacked beside it.
tree=$(dirname "$(dirname "$(readlink -f "$0")")")
machine=$(uname -m)-linux-gnu
libraries=$tree/usr/lib/$machine
export LD_LIBRARY_PATH="$libraries:$libraries/pulseaudio:$tree/lib/$machine"
[ -d /etc/fonts ] || export FONTCONFIG_PATH="$tree/etc/fonts"
export XDG_DATA_DIRS="$tree/usr/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}"
exec "$tree/usr/lib/chromium/chromium" "$@"
"""
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
    apt = Apt(layout.cache / "apt-machine")
    tree = unpacked(layout).parent.parent
    with step("Downloading and unpacking Chromium"), built_aside(tree) as folder:
        apt.update()
        apt.unpack(apt.missing_for(PACKAGES), folder)
        wrapper = folder / "bin" / "chromium"
        wrapper.parent.mkdir()
        wrapper.write_text(WRAPPER)
        wrapper.chmod(0o755)
        _try_out(wrapper)


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
