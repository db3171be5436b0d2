"""``docs/reliability.md``, written from the figures of the last runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .registry import SCENARIOS
from .results import HEADINGS, Result, cells

PAGE, FIGURES = "reliability.md", "reliability.json"

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

`./hub crash --only NAME` runs one scenario and renews its row, `--seeds N` changes how
many times random ones are repeated, `--short` runs all in small, as `./hub test` does.
The exit status is 1 when a promise is broken.
"""


def update(folder: Path, rows: dict[str, dict[str, Any]]) -> None:
    """Renew the rows of the scenarios that were run, and write the page.

    One that broke off has measured nothing: its figures stay, and the page says so.
    """
    figures = folder / FIGURES
    known = json.loads(figures.read_text()) if figures.exists() else {}
    for name, row in rows.items():
        if row["trials"]:
            known[name] = row
        elif name in known:
            known[name] = {**known[name], "broke_off": row["measured"]}
    kept = {name: known[name] for name in SCENARIOS if name in known}
    figures.write_text(json.dumps(kept, indent=2) + "\n")
    (folder / PAGE).write_text(page(kept))


def page(rows: dict[str, dict[str, Any]]) -> str:
    """Return the page of these figures."""
    return "\n".join([_HEAD, _summary(rows), *_table(rows), "", *_scenarios(rows)])


def _summary(rows: dict[str, dict[str, Any]]) -> str:
    """Say in a sentence how it went."""
    ours = [row for row in rows.values() if row["judged"]]
    kills = sum(row["trials"] for row in ours if row["unit"] == "kills")
    lost, twice = (sum(row[key] for row in ours) for key in ("lost", "duplicated"))
    broken = sum(not row["kept"] for row in ours)
    missing = [name for name in SCENARIOS if name not in rows]
    unmeasured = f" Without figures so far: {', '.join(missing)}." if missing else ""
    machines = " and ".join(sorted({row["machine"] for row in rows.values()}))
    return (
        f"## Figures\n\n{len(ours)} scenarios, {kills:,} kills: {lost} lost, {twice} "
        f"duplicated, {broken} broken promises. Measured on {machines}.{unmeasured}\n"
    )


def _table(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Return the lines of the table."""
    lines = [_line([*HEADINGS, "measured"]), _line(["---"] * (len(HEADINGS) + 1))]
    for row in rows.values():
        lines.append(_line([*cells(Result.from_json(row)), row["measured"]]))
    return lines


def _line(words: list[str]) -> str:
    return f"| {' | '.join(words)} |"


def _scenarios(rows: dict[str, dict[str, Any]]) -> list[str]:
    """Return what each scenario does, what it promises, and what broke."""
    lines = ["## The scenarios", ""]
    for name, row in rows.items():
        scenario = SCENARIOS[name]
        lines += [f"**{name}**: {scenario.fault} *Promise*: {scenario.promise}", ""]
        if row["breaches"]:
            verdict = "Broken" if row["judged"] else "Not ours, for comparison"
            lines += [f"- {verdict}: {len(row['breaches'])} findings, the first being"]
            lines += [f"  `{row['breaches'][0][:200]}`", ""]
        if "broke_off" in row:
            lines += [f"- A later run, on {row['broke_off']}, broke off.", ""]
    return lines
