"""``./hub crash``: faults against real processes, and what became of every text.

Runs the scenarios of :mod:`tests.crash`, prints a table and writes it to
``docs/reliability.md``: that of the long form, and a job runner's in whatever form. The
logs of each scenario stay in the cache until the next run.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from tests.crash import registry, report
from tests.crash.lab import Lab
from tests.crash.results import Result, line, table
from tests.crash.runner import CRONS, Runner

from . import databases, layout, stack
from .console import say

#: Seeds of the random scenarios in the long form: 200 kills over the five points.
SEEDS = 40


@dataclass(frozen=True)
class CrashOptions:
    """What a person asked for on the command line."""

    seeds: int = SEEDS
    only: tuple[str, ...] = ()
    json: Path | None = None
    short: bool = False
    runner: Runner = CRONS


def crash(place: layout.Layout, wish: CrashOptions) -> int:
    """Run the scenarios; 1 when a promise was broken."""
    scenarios = registry.chosen(wish.only, short=wish.short, runner=wish.runner)
    rows: dict[str, dict[str, object]] = {}
    writing = threading.Lock()

    def note(result: Result) -> None:
        """Print a result as it comes, and keep it, whatever becomes of the others."""
        _tell(result)
        with writing:
            rows[result.scenario] = _row(result)
            if wish.json:
                wish.json.write_text(json.dumps(rows, indent=2) + "\n")
            if not wish.short or wish.runner is not CRONS:
                report.update(place.root / "docs", rows, wish.runner)

    with layout.only_one(place, "crash"), laboratory(place, wish) as lab:
        results = registry.run(lab, scenarios, note)
    say()
    say(table(results))
    broken = [result for result in results if not result.kept]
    say()
    say(f"crash: {len(results)} scenarios, {len(broken)} broken promises")
    return 1 if broken else 0


@contextmanager
def laboratory(place: layout.Layout, wish: CrashOptions) -> Iterator[Lab]:
    """Yield where scenarios take place, its folder of logs empty.

    The run has a template of its own: other checkouts may replace the shared one, and
    this takes long.
    """
    ready = stack.ready(place, "durable", apart=wish.runner.apart)
    folder = place.state / "crash"
    shutil.rmtree(folder, ignore_errors=True)
    seeds = tuple(range(1, (1 if wish.short else wish.seeds) + 1))
    with databases.copied(ready, databases.full_template(ready)) as template:
        yield Lab(ready, template, folder, seeds, wish.short, wish.runner)


def _tell(result: Result) -> None:
    """Print a result as it comes."""
    say(line(result))
    for breach in result.breaches[:10]:
        say(f"    {breach}")


def _row(result: Result) -> dict[str, object]:
    """Return a result as JSON, with when and on what it was measured."""
    now = datetime.now(timezone.utc)
    cores = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    return {**result.to_json(), "measured": f"{now:%Y-%m-%d}", "machine": cores}
