"""``docs/performance.md``, written from the figures of the last runs."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PAGE, FIGURES = "performance.md", "performance.json"
Entry = dict[str, Any]

_HEAD = """# How fast it is

This page is written by `./hub bench`, which measures all of this again on your machine
in about half an hour; the samples are in [performance.json](performance.json).
`--only NAME` runs one benchmark and renews its rows, `--quick` takes a glance and
writes nothing. The exit status is 1 when a figure is worse than its target by more
than 10 %.

Each figure is the median of five rounds, the least and the most of them in brackets.
Where there is a peer, both sides take turns in one run, on one PostgreSQL that keeps
every commit, with the same server mode and the same batch sizes, and the ratio is the
median of the rounds' ratios. Simulator and PostgreSQL share the cores with Odoo. The
*load* is how many programs wanted a core when the run began: with more of them than
cores, times are too long and ratios say more than they.
"""

#: What each benchmark does, for people; the order is that of the page.
ABOUT = {
    "sending": """Real workers hand texts over to a simulated platform by real HTTP.
The peer is Odoo's own `sms_twilio`, whose address is the only thing that was changed:
it sends one text after the other, so that its speed is the platform's. *Odoo's own
service* is the queue that Odoo has without any connector, with its service replaced by
the simulator. In every case one worker runs the scheduled actions, and the texts are
all different.""",
    "webhook": """Calls of one delivery report each, every one signed and new. The bare
route inserts the body into a table without an index and does nothing else; `sms_twilio`
verifies its signature and updates Odoo's rows within the call. Odoo has two worker
processes for each core and one more, and serves one database without a `dbfilter`.
Whoever calls shares the cores with the servers. Calls must be answered in time at the
rate of a busy platform; how long the bare route takes at that rate stands beside. Where
it takes less than twice as many, half of what it takes is a second rate.""",
    "events": "Stored delivery reports are carried to the ledger and to Odoo's rows.",
    "click": """From the click on *Send* to the moment at which the platform has the
text, while a campaign is being sent by the same worker. The percentile is over all
clicks.""",
    "ledger": """A text is asked for, judged, claimed, handed over, stored and shown,
without HTTP, in databases whose ledgers hold more and more rows. The plans of the
statements that this rests on are in [query_plans.md](query_plans.md).""",
    "scale": """One server with 1, 2 and 4 worker processes for scheduled actions, one
text per request and twenty requests at a time each, at an account without a limit. The
simulator and PostgreSQL run on the same cores.""",
    "memory": "The resident memory of a server that sends a campaign of 100,000 texts.",
    "campaign": """A mailing goes through Odoo's own composer on both sides, to the same
contacts with the same text. Ours demands consent, which is recorded for everybody, and
keeps quiet hours. The peer's database has the same apps without our addon. Each round
texts people of its own, so that no cache knows a number from the round before.""",
    "suppression": """The same campaign with a million numbers on the phone blacklist
and among the refusals, beside none. Odoo alone reads the whole blacklist and walks
through it for every recipient; here only the numbers that are texted are looked up, by
an index.""",
    "verify": "The ledger of consent is examined from its first entry to its last.",
    "facts": "What the gate takes to know a recipient and to decide.",
    "policy": "The gate alone, and whether it is ever wrong.",
}

_FOOT = """## Why preparing costs so little

- Rows of the ledger go into the database a thousand at a time. What all of them share
  travels once, and no cache is filled that nobody reads.
- A number that Odoo stored in its final form is not parsed again.
- Facts are gathered for a thousand recipients by the same few queries as for one.
- Mailings are prepared in chunks that are committed: what a killed worker has done is
  not done again. Of all whom a mailing reached, a chunk looks up its own people only.
"""


def update(folder: Path, found: dict[str, Entry], order: Sequence[str]) -> None:
    """Renew the figures of the benchmarks that were run, and write the page.

    :param found: by benchmark, when and on what it ran, and its ``rows``.
    :param order: of all benchmarks.
    """
    figures = folder / FIGURES
    known = json.loads(figures.read_text()) if figures.exists() else {}
    known.update(found)
    kept = {name: known[name] for name in order if name in known}
    figures.write_text(json.dumps(kept, indent=2) + "\n")
    (folder / PAGE).write_text(page(kept))


def page(benches: dict[str, Entry]) -> str:
    """Return the page of these figures."""
    parts = [_HEAD]
    if missing := [name for name in ABOUT if name not in benches]:
        parts.append(f"Without figures so far: {', '.join(missing)}.\n")
    for name, bench in benches.items():
        parts += [
            f"## {name.capitalize()}\n\n{ABOUT[name]}\n",
            "\n".join(_table(bench["rows"])),
            f"\nMeasured on {bench['measured']}, {bench['machine']}, "
            f"load {bench['load']}.\n",
        ]
    return "\n".join([*parts, _FOOT])


def _table(rows: Sequence[Entry]) -> list[str]:
    return [
        "| what | ours | beside | ratio | target | |",
        "| --- | --- | --- | --- | --- | --- |",
        *(_line(row) for row in rows),
    ]


def _line(row: Entry) -> str:
    ratio = row["ratio"]
    limit = "at most" if row["at_most"] else "at least"
    unit = "" if ratio is not None else f" {row['unit']}"
    what = row["what"] + (f" ({row['note']})" if row["note"] else "")
    cells = [
        what,
        f"{samples(row['ours'])} {row['unit']}",
        f"{samples(row['peer'])} {row['unit']}" if row["peer"] else "",
        "" if ratio is None else number(ratio),
        f"{limit} {number(row['target'])}{unit}",
        "reached" if row["reached"] else "**missed**",
    ]
    return f"| {' | '.join(cells)} |"


def samples(found: Sequence[float]) -> str:
    """Write the median of samples for people, with the least and the most of them."""
    middle = number(statistics.median(found))
    if len(found) == 1:
        return middle
    return f"{middle} [{number(min(found))}-{number(max(found))}]"


def number(value: float) -> str:
    """Write a figure for people: three digits are enough."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
