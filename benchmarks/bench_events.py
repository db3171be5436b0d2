"""Carrying stored delivery reports to the ledger, and from there to Odoo's own rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from . import campaign
from .figures import ROUNDS, Row, seconds, sized
from .ledger import copies

#: Reports of a round.
REPORTS = sized(2000, 200)
#: Reports of a call.
CALL = 100
#: What a platform reports that takes as many texts as the usual account may send.
TARGET = 200


def run(hub: Any) -> list[Row]:
    """Measure reports per second, what they change in Odoo's rows included."""
    campaign.activate(hub)
    lead = hub["crm.lead"].create({"name": "Benchmark", "phone": "+33612345678"})
    lead._message_sms("About your order")
    hub.cr.commit()
    total = (ROUNDS + 1) * REPORTS
    for table, columns in _history().items():
        hub.cr.execute(copies(table, total, **columns))
    campaign.tidy(hub)
    rates = [_apply(hub, turn) for turn in range(ROUNDS + 1)]
    return [
        Row(
            "reports applied, chatter and notifications included",
            "reports/s",
            rates[1:],
            TARGET,
            at_most=False,
        )
    ]


def _history() -> dict[str, dict[str, str]]:
    """Return the tables of texts that a person sent, and what differs in each row."""
    newest = "(SELECT max(id) FROM {}) - n + 1".format
    return {
        "sms_hub_message": {
            "uuid": "md5(n::text)",
            "number": "'+336' || lpad(n::text, 8, '0')",
            "state": "'accepted'",
            "platform_ref": "'bench-' || n",
            "accepted_at": "now() AT TIME ZONE 'UTC'",
            "mirror_pending": "FALSE",
        },
        "mail_message": {},
        "mail_notification": {
            "notification_status": "'pending'",
            "mail_message_id": newest("mail_message"),
        },
        "sms_sms": {
            "uuid": "md5(n::text)",
            "state": "'pending'",
            "hub_message_id": newest("sms_hub_message"),
        },
        "sms_tracker": {
            "sms_uuid": "md5(n::text)",
            "mail_notification_id": newest("mail_notification"),
        },
    }


def _apply(env: Any, turn: int) -> float:
    """Store the reports of a round, and return how many a second are applied."""
    gateway = env["sms.hub.gateway"].search([], limit=1)
    first = 1 + turn * REPORTS
    for start in range(first, first + REPORTS, CALL):
        numbers = range(start, start + CALL)
        parsed = gateway._read_call("application/json", _body(numbers), ())
        env["sms.hub.event"]._insert_all(gateway, parsed.events, "push")
    campaign.settle(env)
    took = seconds(env["sms.hub.event"]._apply_all)
    env.invalidate_all()
    _check(env, turn)
    return REPORTS / took


def _body(numbers: Iterable[int]) -> bytes:
    """Return a call that reports texts as delivered."""
    reports = [
        {
            "type": "dlr",
            "message_id": f"bench-{number}",
            "to": f"336{number:08d}",
            "from": "BENCH",
            "status": "Delivered",
            "text": "",
            "metadata": {},
        }
        for number in numbers
    ]
    return json.dumps(reports).encode()


def _check(env: Any, turn: int) -> None:
    """See that the reports reached the ledger and the notifications."""
    done = (turn + 1) * REPORTS
    for model, domain in (
        ("sms.hub.message", [("state", "=", "delivered")]),
        ("mail.notification", [("notification_status", "=", "sent")]),
    ):
        found = env[model].search_count(domain)
        if found != done:
            raise AssertionError(f"{found} of {done} rows of {model} are delivered.")
