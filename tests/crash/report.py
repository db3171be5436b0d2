"""``docs/reliability.md``, written from the figures of the last runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .registry import SCENARIOS
from .results import HEADINGS, Result, cells
from .runner import CRONS, RUNNERS, Runner

PAGE = "reliability.md"

_HEAD = """# What happens when something breaks

This page is written by `./hub crash`; the figures are in
[reliability.json](reliability.json). Every scenario runs against real Odoo workers
(separate processes, as in production), a real PostgreSQL that keeps every commit, and a
simulated platform that has each text on disk before it says that it took it. Afterwards
the ledger and the platform's log are compared row by row:

- *lost*: a text that is in no row, that got stuck, or whose row says it was not sent
  although the platform took it; where workers are killed or frozen and the platform
  refuses nothing, also every text that was given up;
- *duplicated*: every time the platform took a text beyond the first;
- *unknown*: a text whose row says that nobody knows. It is shown as such and never sent
  again by itself. A worker that dies while its requests are on their way leaves at most
  those;
- *recovered in*: from the fault until no text moves any more, the worst of all trials.
  A lease lasts the limits of a request and 12 seconds; only then may anybody judge the
  texts of a worker that died;
- *95 % bound*: with no failure in N trials, the rate of failures is below 3/N with 95 %
  confidence.

`./hub crash --only NAME NAME` runs these scenarios and renews their rows, `--seeds N`
changes how many times random ones are repeated, `--short` runs all in small, as
`./hub test` does.
The exit status is 1 when a promise is broken.
"""

_TITLES = {
    "crons": "## Figures\n",
    "queue_job": """## Under queue_job

The same faults where the bridge to queue_job is installed and jobs do the work:
`./hub crash --runner queue_job`. The worker that dies is the one that runs the job.
All may take {delay} s longer to be settled: a job waits for the runner and a worker.
""",
}


def update(
    folder: Path, rows: dict[str, dict[str, Any]], runner: Runner = CRONS
) -> None:
    """Renew the rows of the scenarios that were run, and write the page.

    One that broke off has measured nothing: its figures stay, and the page says so.
    """
    known = _read(folder, runner)
    for name, row in rows.items():
        if row["trials"]:
            known[name] = row
        elif name in known:
            known[name] = {**known[name], "broke_off": row["measured"]}
    kept = {name: known[name] for name in SCENARIOS if name in known}
    (folder / _figures(runner)).write_text(json.dumps(kept, indent=2) + "\n")
    (folder / PAGE).write_text(
        page({one: _read(folder, one) for one in RUNNERS.values()})
    )


def _figures(runner: Runner) -> str:
    """Return the file that keeps the figures of a runner."""
    return "reliability.json" if runner is CRONS else f"reliability_{runner.name}.json"


def _read(folder: Path, runner: Runner) -> dict[str, dict[str, Any]]:
    """Return the figures of a runner by scenario."""
    file = folder / _figures(runner)
    return json.loads(file.read_text()) if file.exists() else {}


def page(figures: dict[Runner, dict[str, dict[str, Any]]]) -> str:
    """Return the page of these figures, by runner and scenario."""
    lines = [_HEAD]
    for runner, rows in figures.items():
        if rows:
            title = _TITLES[runner.name].format(delay=runner.delay)
            lines += [title, _summary(runner, rows), *_table(rows), ""]
            lines += _breaches(rows)
    run = {one for rows in figures.values() for one in rows}
    return "\n".join([*lines, *_scenarios(run)])


def _summary(runner: Runner, rows: dict[str, dict[str, Any]]) -> str:
    """Say in a sentence how it went."""
    ours = [row for row in rows.values() if row["judged"]]
    kills = sum(row["trials"] for row in ours if row["unit"] == "kills")
    lost, twice = (sum(row[key] for row in ours) for key in ("lost", "duplicated"))
    broken = sum(not row["kept"] for row in ours)
    missing = [
        name
        for name, one in SCENARIOS.items()
        if name not in rows and (one.ours or runner is CRONS)
    ]
    unmeasured = f" Without figures so far: {', '.join(missing)}." if missing else ""
    machines = " and ".join(sorted({row["machine"] for row in rows.values()}))
    return (
        f"{len(ours)} scenarios, {kills:,} kills: {lost} lost, {twice} duplicated, "
        f"{broken} broken promises. Measured on {machines}.{unmeasured}\n"
    )


def _table(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Return the lines of the table."""
    lines = [_line([*HEADINGS, "measured"]), _line(["---"] * (len(HEADINGS) + 1))]
    for row in rows.values():
        lines.append(_line([*cells(Result.from_json(row)), row["measured"]]))
    return lines


def _line(words: list[str]) -> str:
    return f"| {' | '.join(words)} |"


def _breaches(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Return what broke, and what broke of others."""
    lines = []
    for name, row in rows.items():
        if row["breaches"]:
            verdict = "broken" if row["judged"] else "not ours, for comparison"
            found = f"{len(row['breaches'])} findings, the first being"
            lines += [
                f"- {name}: {verdict}, {found}",
                f"  `{row['breaches'][0][:200]}`",
            ]
        if "broke_off" in row:
            lines += [f"- {name}: a later run, on {row['broke_off']}, broke off."]
    return [*lines, ""] if lines else []


def _scenarios(run: set[str]) -> list[str]:
    """Return what each scenario that was run does, and what it promises."""
    lines = ["## The scenarios", ""]
    for name, scenario in SCENARIOS.items():
        if name in run:
            lines += [f"**{name}**: {scenario.fault} *Promise*: {scenario.promise}", ""]
    return lines
