"""Compares our ledger with the platform's log, by number and text.

``python tests/simulator/checker.py ledger.jsonl log.jsonl`` ends with 1 on findings.
A ledger row is ``{uuid, number, text, state, message_id, reason}``; a line of the log
is what the simulator writes for every message it accepted.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

#: States in which a row may be on the platform although it holds no id.
_OPEN_STATES = frozenset({"unknown", "claimed"})
#: States that say the platform has the message, so the row must hold its id.
_TAKEN_STATES = frozenset({"accepted", "delivered"})


class Problem(str, Enum):
    """What can differ."""

    #: The platform accepted a text that no row knows of.
    NO_ROW = "accepted, but in no row"
    #: The platform accepted a text more often than there are rows for it.
    SENT_TWICE = "accepted more often than there are rows"
    #: The platform accepted a text whose row holds that it did not.
    ROW_DENIES = "accepted, but its row says it was not"
    #: A row says that it was accepted without knowing the id.
    NO_ID = "the row says accepted, but has no id"
    #: Two rows claim the same accepted message.
    SHARED_ID = "one accepted message in two rows"
    #: A row has an id the platform never gave to its text.
    FOREIGN_ID = "the row's id is not in the log for its number and text"
    #: A row was not accepted and does not say why.
    NO_REASON = "not accepted, and no reason"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference."""

    problem: Problem
    number: str
    text: str
    detail: str = ""

    def __str__(self) -> str:
        """Return the finding as a line."""
        return (
            f"{self.problem.value}: {self.number} {self.text!r} {self.detail}".strip()
        )


def compare(ledger_rows: Iterable[Row], log_lines: Iterable[Row]) -> list[Finding]:
    """Return every difference between the ledger and the platform's log.

    Clean means: every accepted text is exactly one row with the platform's id (or a
    row that says it does not know), and every other row has its reason.
    """
    rows, lines = defaultdict(list), defaultdict(list)
    for row in ledger_rows:
        rows[_key(row)].append(row)
    for line in log_lines:
        lines[_key(line)].append(line)
    findings = _shared_ids(rows)
    for key in sorted(rows.keys() | lines.keys()):
        findings += _compare_text(key, rows[key], lines[key])
    return findings


def _compare_text(
    key: tuple[str, str], rows: list[Row], lines: list[Row]
) -> list[Finding]:
    """Return the differences about one text to one number."""
    ids = Counter(line["message_id"] for line in lines)
    matched = [row for row in rows if row.get("message_id") in ids]
    foreign = [
        row for row in rows if row.get("message_id") and row["message_id"] not in ids
    ]
    idless = [row for row in rows if not row.get("message_id")]
    unsure = [row for row in idless if row["state"] in _OPEN_STATES]
    findings = [
        Finding(Problem.FOREIGN_ID, *key, str(row["message_id"])) for row in foreign
    ]
    findings += [
        Finding(Problem.NO_REASON, *key, f"state {row['state']}")
        for row in idless
        if not row.get("reason")
    ]
    findings += [
        Finding(Problem.NO_ID, *key, f"state {row['state']}")
        for row in idless
        if row["state"] in _TAKEN_STATES
    ]
    # Each acceptance without a row of its id can be one of the rows that do not know.
    unclaimed = _without_row(lines, matched)
    excess = unclaimed[len(unsure) :]
    return findings + [_excess_finding(key, line, rows, idless) for line in excess]


def _without_row(lines: list[Row], matched: list[Row]) -> list[Row]:
    """Return the acceptances whose id no row has, the second of equal ones included."""
    claimed = Counter({row["message_id"]: 1 for row in matched})
    left = []
    for line in lines:
        if claimed[line["message_id"]]:
            claimed[line["message_id"]] -= 1
        else:
            left.append(line)
    return left


def _excess_finding(
    key: tuple[str, str], line: Row, rows: list[Row], idless: list[Row]
) -> Finding:
    """Return what is wrong with an acceptance no row stands for."""
    if not rows:
        problem = Problem.NO_ROW
    elif any(row["state"] not in _OPEN_STATES for row in idless):
        problem = Problem.ROW_DENIES
    else:
        problem = Problem.SENT_TWICE
    return Finding(problem, *key, str(line["message_id"]))


def _shared_ids(rows: Mapping[tuple[str, str], list[Row]]) -> list[Finding]:
    """Return the ids that stand in more than one row."""
    holders = defaultdict(list)
    for key, group in rows.items():
        for row in group:
            if row.get("message_id"):
                holders[row["message_id"]].append(key)
    return [
        Finding(Problem.SHARED_ID, *keys[0], str(message_id))
        for message_id, keys in holders.items()
        if len(keys) > 1
    ]


def _key(row: Row) -> tuple[str, str]:
    """Return what ledger and log have in common: the number's digits and the text."""
    return re.sub(r"\D", "", str(row["number"])), str(row["text"])


def read_lines(path: str | Path) -> list[Row]:
    """Return the objects of a file of JSON lines."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def main(arguments: list[str] | None = None) -> int:
    """Print the findings; return 1 when there are any."""
    parser = argparse.ArgumentParser(description="Compare the ledger with the log.")
    parser.add_argument("ledger", help="rows of the ledger as JSON lines")
    parser.add_argument("log", help="the simulator's log")
    options = parser.parse_args(arguments)
    rows, lines = read_lines(options.ledger), read_lines(options.log)
    findings = compare(rows, lines)
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(
        f"{len(rows)} rows, {len(lines)} accepted, {len(findings)} findings\n"
    )
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
