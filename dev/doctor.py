"""``./hub doctor``: what is there, what is missing, and how to get it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from . import browser, debian, odoo, postgres_home, python_env
from .console import say
from .errors import Refusal
from .layout import NEEDED_BYTES, Layout


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    :param state: ``ok``; ``later`` when ``./hub run`` gets it by itself; ``missing``.
    :param advice: the one command or setting that helps when it is missing.
    """

    name: str
    state: str
    detail: str
    advice: str = ""

    def __str__(self) -> str:
        mark = {"ok": "✓", "later": "…", "missing": "✗"}[self.state]
        advice = f"\n    {self.advice}" if self.state == "missing" else ""
        return f"{mark} {self.name}: {self.detail}{advice}"


def _python(layout: Layout) -> Iterator[Finding]:
    yield Finding("Python", "ok", platform.python_version())
    env = python_env.expected(layout)
    usable = importlib.util.find_spec("ensurepip") is not None
    if python_env.is_complete(env):
        yield Finding("Python packages", "ok", str(env.folder))
    elif usable:
        yield Finding("Python packages", "later", "will be installed in the cache")
    else:
        advice = "apt-get install python3-venv"
        yield Finding("Python packages", "missing", "no ensurepip", advice)


def _disk(layout: Layout) -> Finding:
    free = shutil.disk_usage(layout.cache).free
    state = "ok" if free >= NEEDED_BYTES else "missing"
    detail = f"{free / 1e9:.1f} GB free under {layout.cache}"
    return Finding("Disk", state, detail, "Name another folder in SMS_HUB_CACHE.")


def _odoo(layout: Layout) -> Finding:
    advice = "Set ODOO_HOME to a checkout of Odoo 19."
    folder = odoo.expected(layout)
    try:
        return Finding("Odoo 19", "ok", str(odoo.at(folder).path))
    except Refusal as err:
        if os.environ.get("ODOO_HOME"):
            return Finding("Odoo 19", "missing", str(err), advice)
    if debian.available():
        return Finding("Odoo 19", "later", "Debian's package will be unpacked")
    return Finding("Odoo 19", "missing", "no apt to fetch it with", advice)


def _postgres(layout: Layout) -> Finding:
    if os.environ.get("PGHOST"):
        return Finding("PostgreSQL", "ok", f"the server {os.environ['PGHOST']}")
    found = postgres_home.find_programs() or postgres_home.unpacked_programs(layout)
    if found:
        return Finding("PostgreSQL", "ok", str(found))
    if debian.available():
        return Finding("PostgreSQL", "later", "Debian's package will be unpacked")
    advice = "Install PostgreSQL 13 or newer, or name a server in PGHOST."
    return Finding("PostgreSQL", "missing", "no programs found", advice)


def _browser(layout: Layout) -> Finding:
    found = browser.find(layout)
    if found:
        return Finding("Chromium", "ok", str(found))
    if debian.available():
        return Finding("Chromium", "later", "Debian's package will be unpacked")
    advice = "Install Chromium so that `chromium` is on the PATH."
    return Finding("Chromium", "missing", "not found", advice)


def examine(layout: Layout) -> list[Finding]:
    """Look at everything the other commands need, without changing anything."""
    return [
        *_python(layout),
        _disk(layout),
        _odoo(layout),
        _postgres(layout),
        _browser(layout),
    ]


def doctor(layout: Layout) -> int:
    """Print the findings; the status is 1 when something has to be done by hand."""
    findings = examine(layout)
    for finding in findings:
        say(str(finding))
    if any(finding.state == "later" for finding in findings):
        say("\n… is fetched by the first `./hub run` or `./hub test`.")
    return int(any(finding.state == "missing" for finding in findings))
