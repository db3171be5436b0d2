"""What the gate takes to know a recipient and decide, in batches of a thousand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from . import campaign
from .figures import ROUNDS, Row, seconds

#: Recipients that are decided on together.
BATCH = 1000


def run(hub: Any) -> list[Row]:
    """Measure microseconds per recipient, and count the queries of batches."""
    campaign.make_people(hub)
    gateway = campaign.activate(hub)
    campaign.consent(hub)
    campaign.tidy(hub)
    _decide(hub, gateway, range(BATCH))
    batches = [range(turn * BATCH, (turn + 1) * BATCH) for turn in range(1, ROUNDS + 1)]
    times = [_decide(hub, gateway, batch)[0] / BATCH * 1e6 for batch in batches]
    tenth, whole = (
        _decide(hub, gateway, range(start, start + size))[1]
        for start, size in ((20_000, BATCH // 10), (30_000, BATCH))
    )
    return [
        Row("facts and decision per recipient", "µs", times, 150),
        Row(
            f"queries for {BATCH:,} recipients, beside {BATCH // 10}",
            "queries",
            [whole],
            1,
            [tenth],
        ),
    ]


def _decide(env: Any, gateway: Any, people: range) -> tuple[float, int]:
    """Ask the gate about people nobody asked about before.

    :return: seconds, and the number of queries.
    """
    domain = [("phone", "in", [campaign.number_of(person) for person in people])]
    ids = {one.phone: one.id for one in env["res.partner"].search(domain)}
    campaign.settle(env)
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    expiry = now + timedelta(days=3)
    items = [
        {
            "number": number,
            "body": f"{number}: -20 % until Sunday",
            "segments": 1,
            "purpose": "marketing",
            "door": "mailing",
            "expires_at": expiry,
            "company_id": env.company.id,
            "partner_id": partner_id,
            "res_model": "res.partner",
            "res_id": partner_id,
        }
        for number, partner_id in ids.items()
    ]
    before = env.cr.sql_log_count
    took = seconds(lambda: env["sms.hub.gate"]._decide(gateway, items))
    return took, env.cr.sql_log_count - before
