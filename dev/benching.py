"""``./hub bench``: figures of ours beside the peer's, measured in one run.

Each benchmark is a process of its own, like a group of tests: the pure packages have
another import name without Odoo than under it. Databases are copies that live for one
benchmark, on the PostgreSQL that keeps every commit, as in production.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import TOLERANCE, Row

from . import databases, python_env, stack
from .console import say
from .errors import Refusal
from .layout import Layout

#: Benchmarks, and the databases each gets: ``hub`` has our addons installed, ``core``
#: only the apps they stand on; a benchmark without databases runs without Odoo.
BENCHES: dict[str, tuple[str, ...]] = {
    "facts": ("hub",),
    "campaign": ("hub", "core"),
    "policy": (),
    "suppression": ("hub", "hub"),
    "verify": ("hub",),
}


@dataclass(frozen=True)
class BenchOptions:
    """What a person asked for on the command line."""

    only: str | None = None
    json: Path | None = None


def bench(layout: Layout, wish: BenchOptions) -> int:
    """Run the benchmarks and print their rows; 1 if a target is clearly missed."""
    names = [wish.only] if wish.only else list(BENCHES)
    rows: dict[str, list[Row]] = {}
    for name in names:
        say(f"=== {name} ===")
        rows[name] = _run(layout, name)
        for row in rows[name]:
            say(line(row))
    if wish.json:
        wish.json.write_text(json.dumps(report(rows), indent=2) + "\n")
    missed = [row for found in rows.values() for row in found if not row.reaches()]
    far = [row for row in missed if not row.reaches(TOLERANCE)]
    say(f"bench: {len(missed)} targets missed, {len(far)} of them by more than 10 %")
    return 1 if far else 0


def report(rows: dict[str, list[Row]]) -> dict[str, object]:
    """Return the rows as JSON values, with what they were measured on."""
    return {
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "benches": {
            name: [
                {
                    "what": row.what,
                    "unit": row.unit,
                    "ours": list(row.ours),
                    "peer": list(row.peer),
                    "ratio": row.ratio,
                    "target": row.target,
                    "at_most": row.at_most,
                    "reached": row.reaches(),
                    "note": row.note,
                }
                for row in found
            ]
            for name, found in rows.items()
        },
    }


def line(row: Row) -> str:
    """Write a row for people: medians, the spread in brackets, ratio and target."""
    mark = "✓" if row.reaches() else "✗"
    words = f"{mark} {row.what}: ours {_samples(row.ours)} {row.unit}"
    if row.peer:
        words += f", peer {_samples(row.peer)} {row.unit}, ratio {row.ratio:.2f}"
    limit = "at most" if row.at_most else "at least"
    words += f" (target {limit} {_number(row.target)})"
    return words + (f"; {row.note}" if row.note else "")


def _samples(samples: Sequence[float]) -> str:
    middle = _number(statistics.median(samples))
    if len(samples) == 1:
        return middle
    return f"{middle} [{_number(min(samples))}-{_number(max(samples))}]"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


def _run(layout: Layout, name: str) -> list[Row]:
    """Run one benchmark in its process and return its rows."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        target = Path(folder) / "rows.json"
        words = ["-m", "benchmarks", name, "--report", str(target)]
        if BENCHES[name]:
            ready, more = closing.enter_context(_odoo(layout, BENCHES[name]))
            python, env = ready.env.python, ready.environment
            words += more
        else:
            python, env = python_env.ready(layout).python, {}
        status = subprocess.run(
            [str(python), *words],
            cwd=layout.root,
            env={**os.environ, **env, "PYTHONPATH": _search_path(layout, env)},
            check=False,
        ).returncode
        if status:
            raise Refusal(f"The benchmark {name} broke off.")
        return [Row(**values) for values in json.loads(target.read_text())]


def _search_path(layout: Layout, env: dict[str, str]) -> str:
    """Return where modules are found: ``gateway`` and ``policy`` too, without Odoo."""
    folders = [str(layout.root)]
    odoo = env.get("PYTHONPATH")
    folders.append(odoo or str(layout.root / "sms_gateway_hub"))
    return os.pathsep.join(folders)


@contextmanager
def _odoo(
    layout: Layout, kinds: Sequence[str]
) -> Iterator[tuple[stack.Stack, list[str]]]:
    """Yield a stack and the words that name a new database of each kind."""
    ready = stack.ready(layout, "durable")
    templates = {
        "core": databases.base_template(ready),
        "hub": databases.full_template(ready),
    }
    with ExitStack() as closing:
        names = [
            closing.enter_context(databases.copied(ready, templates[kind]))
            for kind in kinds
        ]
        config = ready.write_config(names[0], log_level="warn", db_maxconn=16)
        words = ["--config", str(config)]
        for name in names:
            words += ["--database", name]
        yield ready, words
