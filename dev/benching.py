"""``./hub bench``: figures of ours beside the peer's, measured in one run.

Each benchmark is a process of its own, like a group of tests: the pure packages have
another import name without Odoo than under it. Databases are copies that live for one
benchmark, on the PostgreSQL that keeps every commit, as in production. Some benchmarks
start servers of their own, and a platform.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from benchmarks.figures import QUICK, TOLERANCE, Row

from . import bench_page, databases, python_env, stack
from .bench_page import number, samples
from .console import say
from .errors import Refusal
from .layout import Layout

#: Benchmarks, and the databases each gets: ``hub`` has our addons installed, ``core``
#: only the apps they stand on; a benchmark without databases runs without Odoo, and
#: :data:`LIVE` ones start servers.
BENCHES: dict[str, tuple[str, ...]] = {
    "sending": ("live",),
    "webhook": ("live",),
    "events": ("hub",),
    "click": ("live",),
    "ledger": ("hub", "hub", "hub"),
    "scale": ("live",),
    "memory": ("live",),
    "campaign": ("hub", "core"),
    "suppression": ("hub", "hub"),
    "verify": ("hub",),
    "facts": ("hub",),
    "policy": (),
}
LIVE = ("live",)


@dataclass(frozen=True)
class BenchOptions:
    """What a person asked for on the command line."""

    only: str | None = None
    json: Path | None = None
    quick: bool = False


def bench(layout: Layout, wish: BenchOptions) -> int:
    """Run the benchmarks and print their rows; 1 if a target is clearly missed."""
    names = [wish.only] if wish.only else list(BENCHES)
    rows: dict[str, list[Row]] = {}
    found: dict[str, dict[str, object]] = {}
    for name in names:
        about = _circumstances()
        say(f"=== {name} === (load {about['load']})")
        rows[name] = _run(layout, name, quick=wish.quick)
        for row in rows[name]:
            say(line(row))
        found[name] = {**about, "rows": entries(rows[name])}
        if not wish.quick:
            # at once: what a later one breaks off costs no figure
            bench_page.update(layout.root / "docs", {name: found[name]}, list(BENCHES))
    if wish.json:
        wish.json.write_text(json.dumps(found, indent=2) + "\n")
    missed = [row for found in rows.values() for row in found if not row.reaches()]
    far = [row for row in missed if not row.reaches(TOLERANCE)]
    say(f"bench: {len(missed)} targets missed, {len(far)} of them by more than 10 %")
    return 1 if far else 0


def _circumstances() -> dict[str, str]:
    """Return when and on what something is measured, and how busy that is."""
    return {
        "measured": f"{datetime.now(timezone.utc):%Y-%m-%d}",
        "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
        "load": f"{os.getloadavg()[0]:.1f}",
    }


def entries(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return rows as JSON values."""
    return [
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
        for row in rows
    ]


def line(row: Row) -> str:
    """Write a row for people: medians, the spread in brackets, ratio and target."""
    mark = "✓" if row.reaches() else "✗"
    words = f"{mark} {row.what}: ours {samples(row.ours)} {row.unit}"
    if row.peer:
        words += f", peer {samples(row.peer)} {row.unit}, ratio {row.ratio:.2f}"
    limit = "at most" if row.at_most else "at least"
    words += f" (target {limit} {number(row.target)})"
    return words + (f"; {row.note}" if row.note else "")


def _run(layout: Layout, name: str, *, quick: bool = False) -> list[Row]:
    """Run one benchmark in its process and return its rows."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        target = Path(folder) / "rows.json"
        words = ["-m", "benchmarks", name, "--report", str(target)]
        if BENCHES[name] == LIVE:
            python, env = _ready_for_servers(layout), {}
            words.append("--live")
        elif BENCHES[name]:
            ready, more = closing.enter_context(_odoo(layout, BENCHES[name]))
            python, env = ready.env.python, ready.environment
            words += more
        else:
            python, env = python_env.ready(layout).python, {}
        status = _to_its_end(
            [str(python), *words],
            layout.root,
            {
                **os.environ,
                **env,
                **({QUICK: "1"} if quick else {}),
                "PYTHONPATH": _search_path(layout, env),
            },
        )
        if status:
            raise Refusal(f"The benchmark {name} broke off.")
        return [Row(**values) for values in json.loads(target.read_text())]


def _to_its_end(argv: Sequence[str], folder: Path, env: dict[str, str]) -> int:
    """Run a program; when we are told to end, it ends first, and what it started."""
    with subprocess.Popen(argv, cwd=folder, env=env) as child:
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            raise


def _ready_for_servers(layout: Layout) -> Path:
    """Make what live benchmarks copy, where progress is seen; return the Python."""
    ready = stack.ready(layout, "durable")
    databases.full_template(ready)
    return ready.env.python


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
