"""Taking the platform's calls, beside a route that only inserts and Odoo's own.

As many worker processes answer as Odoo recommends, and nothing else is asked of the
servers while calls a second are counted. At a steady rate a second server applies what
was stored, as it would in production. The steady rate is that of a busy platform; where
the bare route takes less than twice as many, half of what it takes is measured too.
What it cannot take in time, no route of Odoo can.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import count
from urllib.parse import urlencode

from tests.simulator.pusher import signed_headers
from tests.simulator.twilio import signature
from tests.system.hub import webhook_address

from .figures import ROUNDS, Row, side_by_side, sized
from .ledger import copies
from .live import Live, Site, need, start
from .load import Call, in_words, latencies, percentile, throughput

SECRET = "whsec_" + "c21zIGh1YiBiZW5jaG1hcmtz"
#: Two for each core and one more, as Odoo's documentation says.
WORKERS = {"workers": 2 * (os.cpu_count() or 1) + 1, "max_cron_threads": 0}
#: Calls of a round, and of Odoo's own route, which does more within each.
CALLS, SLOW = sized((800, 200), (100, 30))
#: Callers at the same time.
CALLERS = 8
#: Calls a second of a busy platform, and for how many seconds.
RATE, SECONDS = 200, sized(15, 3)


def run(live: Live) -> list[Row]:
    """Measure calls per second, and how long calls take at a steady rate."""
    with ExitStack() as stack:
        ours = stack.enter_context(live.site("hub", server=WORKERS))
        core = stack.enter_context(live.site("core", server=WORKERS))
        calls, bare, twilio = _calls(ours), _bare_calls(ours), _twilio_calls(core)
        mine, beside = side_by_side(_rate(calls), _rate(bare))
        yes, theirs = side_by_side(_rate(calls), _rate(twilio, SLOW))
        rows = [
            _row("a route that only inserts", mine, beside, 0.6),
            _row("sms_twilio's route", yes, theirs, 1),
        ]
        half = 10 * max(1, round(statistics.median(beside) / 20))
        rates = {half: ", half of what the bare route takes"} if half < RATE else {}
        rates[RATE] = ""
        bare_took = [_within(bare, rate) for rate in rates]
        start(ours.world, ours.platform)
        for (rate, why), took in zip(rates.items(), bare_took, strict=True):
            rows.append(_answered(ours, calls, rate, took, why))
    return rows


def _within(calls: Iterator[Call], rate: int) -> list[float]:
    """Return the seconds that calls take at a steady rate."""
    return latencies(_take(calls, rate * SECONDS), rate, 4 * CALLERS)


def _answered(
    site: Site, calls: Iterator[Call], rate: int, bare: list[float], why: str
) -> Row:
    """Measure how long calls take while what they store is applied.

    :param bare: what the bare route's calls took at this rate.
    :param why: this rate.
    """
    waiting = "SELECT 1 FROM sms_hub_event WHERE state = 'new' LIMIT 1"
    need(lambda: not site.world.database.query(waiting), 300, "reports are new")
    took = _within(calls, rate)
    return Row(
        f"99 % of calls are answered within, at {rate}/s{why}",
        "ms",
        [percentile(took, 0.99) * 1000],
        50,
        note=f"{in_words(took)}, applied meanwhile; the bare route, nothing applied: "
        f"{in_words(bare)}",
    )


def _row(peer: str, mine: list[float], theirs: list[float], target: float) -> Row:
    what = f"webhook, beside {peer}"
    return Row(what, "calls/s", mine, target, theirs, at_most=False)


def _rate(calls: Iterator[Call], number: int = CALLS) -> Callable[[], float]:
    return lambda: throughput(_take(calls, number), CALLERS)


def _take(calls: Iterator[Call], number: int) -> Sequence[Call]:
    return [next(calls) for _turn in range(number)]


def _calls(site: Site) -> Iterator[Call]:
    """Report each text of the ledger, which is filled for that, with a signature."""
    site.set(webhook_secret=SECRET)
    site.ask(1)
    total = 2 * (ROUNDS + 1) * CALLS + 2 * RATE * SECONDS
    site.world.database.query(
        copies(
            "sms_hub_message",
            total,
            uuid="md5(n::text)",
            number="'+9199' || lpad(n::text, 8, '0')",
            state="'accepted'",
            platform_ref="'bench-' || n",
            accepted_at="now() AT TIME ZONE 'UTC'",
        )
    )
    url = webhook_address(site.client, site.gateway)

    def make() -> Iterator[Call]:
        for turn in range(1, total + 1):
            body = _report(turn)
            yield Call(url, body, signed_headers(SECRET, body))

    return make()


def _report(turn: int) -> bytes:
    event = {
        "type": "dlr",
        "message_id": f"bench-{turn}",
        "to": f"9199{turn:08d}",
        "from": "HUBTST",
        "status": "Delivered",
        "delivered_at": "2026-01-01T00:00:00+00:00",
        "text": "",
        "metadata": {},
    }
    return json.dumps(event).encode()


def _bare_calls(site: Site) -> Iterator[Call]:
    """Call the route that does nothing but insert what it is given."""
    site.world.database.query(
        "CREATE TABLE sms_hub_bench (id serial PRIMARY KEY, body text)"
    )
    url = f"{site.server.url}/sms_hub_bench/insert"
    headers = {"Content-Type": "application/json"}
    return (Call(url, _report(turn), headers) for turn in count(1))


def _twilio_calls(site: Site) -> Iterator[Call]:
    """Report each text of a lead's history to Odoo's own connector."""
    [lead] = site.client.call(
        "crm.lead", "create", [{"name": "Benchmark", "phone": "+919876540000"}]
    )
    values = {
        "composition_mode": "comment",
        "res_model": "crm.lead",
        "res_id": lead,
        "body": "About your order",
    }
    composer = site.client.call("sms.composer", "create", [values])
    site.client.call("sms.composer", "action_send_sms", composer)
    total = (ROUNDS + 1) * SLOW
    query = site.world.database.query
    query(copies("sms_sms", total, uuid="md5(n::text)", to_delete="FALSE"))
    query(copies("mail_message", total))
    query(
        copies(
            "mail_notification",
            total,
            notification_status="'pending'",
            mail_message_id="(SELECT max(id) - n + 1 FROM mail_message)",
        )
    )
    query(
        copies(
            "sms_tracker",
            total,
            sms_uuid="md5(n::text)",
            mail_notification_id="(SELECT max(id) - n + 1 FROM mail_notification)",
        )
    )
    hashes = query(f"SELECT md5(n::text) FROM generate_series(1, {total}) AS n")
    fields = {"SmsStatus": "delivered", "MessageStatus": "delivered"}
    body = urlencode(fields).encode()

    def make() -> Iterator[Call]:
        for [uuid] in hashes:
            url = f"{site.server.url}/sms_twilio/status/{uuid}"
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": signature(url, fields),
            }
            yield Call(url, body, headers)

    return make()
