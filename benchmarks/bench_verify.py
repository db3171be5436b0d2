"""What verifying a ledger of a million entries costs: time, and memory beside it.

The entries are made here, as recording them one by one would take hours: a quarter of a
million numbers that were asked, agreed, expired and agreed again, with real hashes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from . import campaign
from .figures import Row, seconds

NUMBERS = 250_000
#: What happens to each number, and on which day.
STORY = (("requested", 0), ("granted", 1), ("expired", 400), ("granted", 401))
#: Numbers that are written at once.
PORTION = 5_000
#: Where Linux tells the most memory a process had, and forgets it for "5".
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_COPY = "COPY {} ({}) FROM STDIN"


def run(hub: Any) -> list[Row]:
    """Measure the seconds and the megabytes of one verification from end to end."""
    start = hub.cr.now().replace(microsecond=0) - timedelta(days=500)
    for begin in range(0, NUMBERS, PORTION):
        _write(hub, range(begin, begin + PORTION), start)
    campaign.settle(hub)
    hub["sms.hub.consent.seal"]._seal_company(hub.company.id)
    campaign.settle(hub)
    _CLEAR.write_text("5")
    before = _peak()
    took = seconds(lambda: _verify(hub))
    hub["sms.hub.consent.witness"]._path().unlink()  # it outlives the database
    return [
        Row(f"verifying {NUMBERS * len(STORY):,} entries", "s", [took], 120),
        Row("memory that it needs", "MB", [_peak() - before], 100),
    ]


def _write(env: Any, numbers: range, start: datetime) -> None:
    """Write the entries of numbers, their counters and their states."""
    from odoo.addons.sms_gateway_hub.tools.consent_chain import FIELDS

    company = env.company.id
    since = start + timedelta(days=STORY[-1][1])
    entries, counters, states = [], [], []
    for place in numbers:
        number = f"+336{place:08d}"
        last = ""
        for entry in _chain(company, number, start):
            last = entry["hash"]
            entries.append([entry[name] for name in (*FIELDS, "hash")])
        counters.append([company, number, len(STORY), last, 0])
        states.append([company, number, number, "marketing", "granted", since, "form"])
    columns = "company_id, number, entry_count, head_hash, sealed_count"
    _copy(env, "sms_hub_consent_event", ", ".join((*FIELDS, "hash")), entries)
    _copy(env, "sms_hub_consent_chain", columns, counters)
    columns = "company_id, number, spellings, scope, value, since, source"
    _copy(env, "sms_hub_consent", columns, states)


def _chain(company: int, number: str, start: datetime) -> Iterator[dict[str, str]]:
    """Yield the entries of one number as texts, with their hashes."""
    from odoo.addons.sms_gateway_hub.tools.consent_chain import (
        FIELDS,
        FORMAT,
        GENESIS,
        as_text,
        digest,
    )

    last = GENESIS
    for seq, (action, day) in enumerate(STORY, 1):
        moment = as_text(start + timedelta(days=day))
        entry = dict.fromkeys(FIELDS, "") | {
            "format": FORMAT,
            "company_id": str(company),
            "number": number,
            "given_number": number,
            "seq": str(seq),
            "prev_hash": last,
            "scope": "marketing",
            "scope_name": "Marketing",
            "purpose": "marketing",
            "action": action,
            "source": "form",
            "proven": "1",
            "happened_at": moment,
            "recorded_at": moment,
            "wording": "I agree to texts with offers, until I say STOP.",
            "evidence_url": "https://example.com/form/7",
        }
        last = entry["hash"] = digest(entry)
        yield entry


def _copy(env: Any, table: str, columns: str, rows: list[list[Any]]) -> None:
    """Copy rows into a table; what is empty is nothing."""
    lines = ("\t".join(str(value) or r"\N" for value in row) for row in rows)
    env.cr._obj.copy_expert(
        _COPY.format(table, columns), io.StringIO("\n".join(lines) + "\n")
    )


def _verify(env: Any) -> None:
    """Verify everything in one go, as the scheduled action does in slices."""
    check = env["sms.hub.consent.check"]._start(env.company)
    check._go_on(math.inf)
    if check.finding_ids:
        kinds = set(check.finding_ids.mapped("sentence"))
        raise AssertionError(f"a ledger that is whole has findings: {kinds}")


def _peak() -> float:
    """Return the most memory this process had since that was cleared, in megabytes."""
    [line] = [line for line in _STATUS.read_text().splitlines() if "VmHWM" in line]
    return int(line.split()[1]) / 1024
