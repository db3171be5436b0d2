"""``./hub test``: the three groups of tests and the one line that sums them up.

Each group is a process of its own: the pure packages have another import name without
Odoo than under it, and the system tests start real servers.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import addons, databases, python_env, stack
from .console import say
from .layout import Layout

#: pytest's status for "no test was selected".
NO_TESTS = 5
#: Options of pytest that are followed by a value, which is therefore no path.
WITH_VALUE = {"-k", "-m", "-n", "-p", "-c", "-o", "-W", "--maxfail", "--tb", "--deselect"}


@dataclass(frozen=True)
class Outcome:
    """What became of one group."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    status: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            max(self.status, other.status),
        )

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def outcome_of(status: int, report: str | None) -> Outcome:
    """Return the outcome of a pytest run.

    :param status: its exit status, negative when a signal ended it.
    :param report: the JSON counts that it wrote, if it came so far.

    A run that ended badly without a failed test (it crashed, or could not collect)
    counts as one failure, so that no sum looks better than its status.
    """
    if status == NO_TESTS:
        return Outcome()
    status = abs(status)
    counts = json.loads(report) if report else {}
    outcome = Outcome(**counts, status=status)
    return outcome + Outcome(failed=1) if status and not outcome.failed else outcome


def split(args: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate pytest's arguments into paths (or node ids) and options."""
    paths: list[str] = []
    options: list[str] = []
    value_follows = False
    for arg in args:
        is_option = value_follows or arg.startswith("-")
        (options if is_option else paths).append(arg)
        value_follows = arg in WITH_VALUE
    return paths, options


@dataclass(frozen=True)
class Group:
    """Tests that run in one process.

    :param folders: where they live, relative to the checkout.
    """

    name: str
    folders: tuple[str, ...]

    def owns(self, path: str) -> bool:
        """Tell whether a path or node id belongs to the group."""
        file = os.path.normpath(path.partition("::")[0])
        return any(
            file == folder or file.startswith(folder + os.sep)
            for folder in self.folders
        )

    def selected(self, paths: Iterable[str], root: Path) -> list[str]:
        """Return what to run of the group; nothing when other groups are meant."""
        paths = list(paths)
        if paths:
            return [path for path in paths if self.owns(path)]
        present = [name for name in self.folders if list((root / name).rglob("test_*.py"))]
        return present


def groups(root: Path) -> dict[str, Group]:
    """Return the groups of this checkout in the order they run."""
    found = [folder.name for folder in addons.find(root)]
    return {
        "unit": Group("unit", ("tests/unit",)),
        "odoo": Group("odoo", tuple(found)),
        "system": Group("system", ("tests/system",)),
    }


def _pytest(
    layout: Layout, python: Path, env: dict[str, str], paths: list[str], words: list[str]
) -> Outcome:
    scripts = Path(__file__).with_name("scripts")
    search = [str(scripts), env.get("PYTHONPATH", "")]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "counts.json"
        argv = [python, "-m", "pytest", "-p", "hub_report", "--hub-report", report]
        status = subprocess.run(
            [*map(str, argv), *words, *paths],
            cwd=layout.root,
            env={**os.environ, **env, "PYTHONPATH": os.pathsep.join(search)},
            check=False,
        ).returncode
        text = report.read_text() if report.exists() else None
    return outcome_of(status, text)


def _unit(layout: Layout, paths: list[str], options: list[str]) -> Outcome:
    env = python_env.ready(layout)
    # The addon's folder, not its parent: ``gateway`` and ``policy`` are then packages
    # of their own that need no Odoo.
    search = os.pathsep.join([str(layout.root / "sms_gateway_hub"), str(layout.root)])
    words = ["-p", "no:odoo", *options]
    return _pytest(layout, env.python, {"PYTHONPATH": search}, paths, words)


def _odoo(layout: Layout, paths: list[str], options: list[str]) -> Outcome:
    ready = stack.ready(layout, "fast", with_browser=True)
    with databases.copied(ready, databases.full_template(ready)) as name:
        words = [
            "--odoo-http",
            f"--odoo-database={name}",
            f"--odoo-config={ready.write_config(name)}",
            "--odoo-log-level=warn",
            *options,
        ]
        return _pytest(layout, ready.env.python, ready.environment, paths, words)


def _system(layout: Layout, paths: list[str], options: list[str]) -> Outcome:
    env = python_env.ready(layout)
    words = ["-p", "no:odoo", *options]
    search = {"PYTHONPATH": str(layout.root)}
    return _pytest(layout, env.python, search, paths, words)


RUNNERS = {"unit": _unit, "odoo": _odoo, "system": _system}


def run(layout: Layout, args: Sequence[str]) -> int:
    """Run the groups that ``args`` select and return the worst exit status."""
    paths, options = split(args)
    total = Outcome()
    for name, group in groups(layout.root).items():
        selected = group.selected(paths, layout.root)
        if selected:
            say(f"=== {name} tests ===")
            total += RUNNERS[name](layout, selected, options)
    if total == Outcome():
        say("No test was selected.")
        total = Outcome(status=NO_TESTS)
    say(str(total))
    return total.status
