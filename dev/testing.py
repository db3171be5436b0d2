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
from .errors import Refusal
from .layout import Layout

#: pytest's status for "no test was selected".
NO_TESTS = 5
#: Options of pytest that are followed by a value, which is therefore no path.
WITH_VALUE = {
    "-k",
    "-m",
    "-n",
    "-p",
    "-c",
    "-o",
    "-W",
    "--maxfail",
    "--tb",
    "--deselect",
}
#: Our own option: tests inside Odoo run where the addons of :data:`addons.APART` are
#: installed too.
APART = "--apart"


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
    :param kind: the method of :class:`Run` that runs them.
    """

    name: str
    folders: tuple[str, ...]
    kind: str

    def owns(self, path: str) -> bool:
        """Tell whether a path or node id belongs to the group."""
        file = Path(os.path.normpath(path.partition("::")[0]))
        return any(file.is_relative_to(folder) for folder in self.folders)

    def selected(self, paths: Iterable[str], root: Path) -> list[str]:
        """Return what to run of the group; nothing when other groups are meant."""
        given = list(paths)
        if given:
            return [path for path in given if self.owns(path)]
        return [name for name in self.folders if any((root / name).rglob("test_*.py"))]


def groups(root: Path) -> tuple[Group, ...]:
    """Return the groups of this checkout in the order they run."""
    together = [folder.name for folder in addons.find(root)]
    every = [folder.name for folder in addons.find(root, apart=True)]
    return (
        Group("unit", ("tests/unit",), "unit"),
        Group("odoo", tuple(f"{name}/tests" for name in together), "odoo"),
        *(
            Group(name, (f"{name}/tests",), "apart")
            for name in every
            if name not in together
        ),
        Group("system", ("tests/system",), "system"),
    )


def relative(path: str, root: Path) -> str:
    """Return a path or node id relative to the checkout, where pytest is started."""
    file, separator, rest = path.partition("::")
    absolute = Path(os.path.abspath(root / file))
    if not absolute.exists():
        raise Refusal(f"There is no {file} to test.")
    return os.path.relpath(absolute, root) + separator + rest


@dataclass(frozen=True)
class Run:
    """One call of pytest.

    :param whole: the group is run as a whole, not a part that somebody picked.
    """

    layout: Layout
    paths: list[str]
    options: list[str]
    whole: bool

    def pytest(self, python: Path, env: dict[str, str], *words: str) -> Outcome:
        """Run pytest on the paths and count."""
        search = [Path(__file__).with_name("scripts"), env.get("PYTHONPATH", "")]
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "counts.json"
            argv = [python, "-m", "pytest", "-p", "hub_report", "--hub-report", report]
            argv += [*words, *self.options, *self.paths]
            status = subprocess.run(
                [str(word) for word in argv],
                cwd=self.layout.root,
                env={
                    **os.environ,
                    **env,
                    "PYTHONPATH": os.pathsep.join(str(place) for place in search),
                },
                check=False,
            ).returncode
            return outcome_of(status, report.read_text() if report.exists() else None)

    def unit(self) -> Outcome:
        """Run the tests that need no Odoo.

        The addon's folder is on the import path beside the checkout's: ``gateway`` and
        ``policy`` are then packages of their own, and ``tests`` are ours.
        """
        root = self.layout.root
        search = os.pathsep.join([str(root), str(root / "sms_gateway_hub")])
        env = python_env.ready(self.layout)
        return self.pytest(env.python, {"PYTHONPATH": search}, "-p", "no:odoo")

    def odoo(self) -> Outcome:
        """Run the tests inside Odoo, on a copy of a template database."""
        return self._inside(stack.ready(self.layout, "fast", with_browser=True))

    def apart(self) -> Outcome:
        """Run tests inside Odoo on a database that has the addons of others, too.

        A job runner would start with the server, and do what the tests mean to do.
        """
        ready = stack.ready(self.layout, "fast", apart=True, with_browser=True)
        return self._inside(ready, {"ODOO_QUEUE_JOB_CHANNELS": "root:0"})

    def _inside(self, ready: stack.Stack, env: dict[str, str] | None = None) -> Outcome:
        template = databases.full_template(ready, bundles=self.whole)
        with databases.copied(ready, template) as name:
            words = [
                "--odoo-http",
                f"--odoo-database={name}",
                f"--odoo-config={ready.write_config(name)}",
                "--odoo-log-level=warn",
            ]
            env = {**ready.environment, **(env or {})}
            return self.pytest(ready.env.python, env, *words)

    def system(self) -> Outcome:
        """Run the tests that start servers of their own.

        Their template is made here and not in a fixture, where progress is not seen.
        """
        ready = stack.ready(self.layout, "durable", with_browser=True)
        databases.full_template(ready)
        env = {"PYTHONPATH": str(self.layout.root)}
        return self.pytest(ready.env.python, env, "-p", "no:odoo")


def _kind(group: Group, apart: bool) -> str:
    """Return the method of :class:`Run` for a group."""
    return "apart" if apart and group.kind == "odoo" else group.kind


def run(layout: Layout, args: Sequence[str]) -> int:
    """Run the groups that ``args`` select and return the worst exit status."""
    given, options = split([arg for arg in args if arg != APART])
    given = [relative(path, layout.root) for path in given]
    total = Outcome()
    for group in groups(layout.root):
        paths = group.selected(given, layout.root)
        if paths:
            say(f"=== {group.name} tests ===")
            call = Run(layout, paths, options, whole=not given)
            total += getattr(call, _kind(group, APART in args))()
    if total == Outcome():
        say("No test was selected.")
        total = Outcome(status=NO_TESTS)
    say(str(total))
    return total.status
