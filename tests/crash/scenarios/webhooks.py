"""A webhook that is flooded, deceived, or told things twice and in any order."""

from __future__ import annotations

import base64
import random
import time
from collections import Counter
from functools import partial
from itertools import permutations

from tests.system.hub import wait_until

from ..caller import (
    Caller,
    all_at_once,
    at_a_rate,
    dlr,
    inbound,
    new_secret,
    percentile,
)
from ..lab import Lab, Site
from ..results import Result
from ..scenario import Scenario
from .answers import not_all, report

#: Words of the flood; the last one is the end of every text.
WORDS = ("Submitted", "Sent", "To be delivered", "Delivered to operator", "Delivered")
FLOOD_RATE, TWICE = 200, 0.2
#: Seconds after which no platform waits any longer.
PATIENCE = 15.0
#: What one text may be told, by the platform's clock in minutes.
STATUSES = (
    ("Submitted", 1),
    ("Undelivered", 2),
    ("Expired", 3),
    ("Blocked by DND filter", 4),
    ("Delivered", 5),
)


def accepted_texts(site: Site, label: str, count: int) -> list[str]:
    """Send texts nobody reports on; return the platform's references."""
    site.control(faults=[{"fault": "no_report"}])
    texts = set(site.text(label, count))
    site.settling(label, 300, {"accepted"})
    return [line["message_id"] for line in site.accepted() if line["text"] in texts]


def secure(site: Site, chance: random.Random) -> Caller:
    """Give the gateway a signing secret; return a caller that knows it."""
    secret = new_secret(chance)
    site.client.call(
        "sms.hub.gateway", "write", [site.gateway], {"webhook_secret": secret}
    )
    return Caller(site.webhook(), secret)


def stored(site: Site, condition: str = "TRUE") -> int:
    """Return how many events are in the inbox."""
    rows = site.world.database.query(
        f"SELECT count(*) FROM sms_hub_event WHERE {condition}"
    )
    return int(rows[0][0])


def all_applied(site: Site, limit: float = 120) -> bool:
    """Wait until no event is new any more."""
    return wait_until(lambda: not stored(site, "state = 'new'"), limit)


def flood(lab: Lab) -> Result:
    """Report at 200 a second, a fifth of it twice."""
    rate, length = lab.scale(50, FLOOD_RATE), lab.scale(6, 120)
    total = rate * length
    distinct = int(total * (1 - TWICE))
    chance = random.Random(lab.seeds[0])
    with lab.site("webhook_flood", server={"workers": 4}) as site:
        refs = accepted_texts(site, "flood", distinct // len(WORDS))
        caller = secure(site, chance)
        events = [dlr(ref, word) for word in WORDS for ref in refs]
        again = chance.choices(events, k=total - len(events))
        calls = events + again
        chance.shuffle(calls)
        statuses = at_a_rate([partial(_insist, caller, event) for event in calls], rate)
        breaches = [] if all_applied(site) else ["events are still new"]
        wait_until(lambda: set(site.states("flood")) == {"delivered"}, 60)
        breaches += not_all(site, "flood", "delivered", len(refs))
        kept = stored(site, "kind = 'dlr'")
        if kept != len(events):
            breaches.append(f"{kept} events of {len(events)} are stored")
        refused = Counter(status for status in statuses if status != 200)
        if refused:
            breaches.append(f"not answered with 200: {dict(refused)}")
        p50, p95, p99 = (
            percentile(caller.seconds, share) * 1000 for share in (0.5, 0.95, 0.99)
        )
        if p99 > PATIENCE * 1000:
            breaches.append(f"one answer in a hundred took {p99 / 1000:.1f} s")
        return report(
            site,
            "webhook_flood",
            len(calls),
            "calls",
            breaches=breaches,
            note=f"{rate}/s for {length} s, {TWICE:.0%} twice; answered within "
            f"{p50:.0f} / {p95:.0f} / {p99:.0f} ms (p50 / p95 / p99)",
        )


def _insist(caller: Caller, event: dict[str, str]) -> int:
    """Push an event until it is taken, as platforms do; return the last status."""
    for pause in (0.2, 1.0, 5.0, 0):
        if (status := caller.push(event)) == 200:
            break
        time.sleep(pause)
    return status


def replay(lab: Lab) -> Result:
    """Play the same signed calls a thousand times, and one of yesterday."""
    times = lab.scale(100, 1000)
    number = "+919812345678"
    with lab.site("replayed") as site:
        [ref] = accepted_texts(site, "replayed", 1)
        caller = secure(site, random.Random(lab.seeds[0]))
        site.client.call("crm.lead", "create", [{"name": "Replay", "phone": number}])
        events = (
            dlr(ref, "Delivered"),
            inbound(number, "Is it still there?", "reply-1", "HUBTST"),
            inbound(number, "STOP", "stop-1", "HUBTST"),
        )
        statuses = all_at_once(
            [partial(caller.push, event) for event in events for _turn in range(times)]
        )
        old = caller.push(dlr(ref, "Undelivered"), shift=-86400)
        breaches = [] if all_applied(site) else ["events are still new"]
        confirmed = "SELECT 1 FROM sms_hub_message WHERE purpose = 'notice'"
        wait_until(lambda: site.world.database.query(confirmed), 30)
        site.settling(settled={"delivered", "accepted", "failed"})
        found = {
            "statuses": set(statuses),
            "yesterday's": old,
            "events": stored(site),
            "replies on the lead": _comments(site, "Is it still there?"),
            "confirmations": len(site.world.database.query(confirmed)),
            "refusals": len(
                site.world.database.query("SELECT 1 FROM phone_blacklist WHERE active")
            ),
        }
        wanted = dict.fromkeys(found, 1) | {
            "statuses": {200},
            "yesterday's": 404,
            "events": len(events),
        }
        if found != wanted:
            breaches.append(f"{found}, not {wanted}")
        breaches += not_all(site, "replayed", "delivered", 1)
        return report(
            site,
            "replayed",
            len(statuses),
            "calls",
            breaches=breaches,
            note="a report, a reply and a STOP: one delivery, one comment, one "
            "confirmation; a capture of yesterday is refused",
        )


def _comments(site: Site, text: str) -> int:
    """Return how many comments on leads hold a text."""
    rows = site.world.database.query(
        "SELECT count(*) FROM mail_message WHERE model = 'crm.lead' "
        f"AND strpos(body, '{text}') > 0"
    )
    return int(rows[0][0])


def forged(lab: Lab) -> Result:
    """Call the webhook with signatures that are none."""
    count = lab.scale(20, 1000)
    chance = random.Random(lab.seeds[0])
    with lab.site("forged") as site:
        [ref] = accepted_texts(site, "forged", 1)
        caller = secure(site, chance)
        body = b'{"type": "dlr", "message_id": "%s", "status": "Delivered"}'
        body %= ref.encode()
        calls = [
            partial(caller.call, body, headers)
            for _turn in range(count)
            for headers in _forgeries(caller, body, chance)
        ]
        statuses = Counter(all_at_once(calls))
        breaches = [] if set(statuses) == {404} else [f"answered {dict(statuses)}"]
        if taken := stored(site):
            breaches.append(f"{taken} forged events are stored")
        breaches += not_all(site, "forged", "accepted", 1)
        if caller.push(dlr(ref, "Delivered")) != 200:
            breaches.append("the true one is refused")
        return report(
            site,
            "forged",
            len(calls),
            "calls",
            breaches=breaches,
            note=f"{len(calls) // count} kinds of forgery, {taken} accepted",
        )


def _forgeries(
    caller: Caller, body: bytes, chance: random.Random
) -> list[dict[str, str]]:
    """Return the headers of calls that are none of the platform's."""
    good = caller.signed(body)
    sign = good["webhook-signature"]
    raw = bytearray(base64.b64decode(sign.removeprefix("v1,")))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    moment = str(int(good["webhook-timestamp"]) + 1)
    return [
        {},
        {**good, "webhook-signature": ""},
        {**good, "webhook-signature": sign[: chance.randrange(3, len(sign) - 1)]},
        {**good, "webhook-signature": f"v1,{base64.b64encode(raw).decode()}"},
        {**good, "webhook-signature": sign.replace("v1,", "v2,")},
        {**good, "webhook-signature": sign.replace("v1,", "v1a,")},
        {**good, "webhook-timestamp": moment},
        {**good, "webhook-id": "msg_2"},
        caller.signed(body, secret=new_secret(chance)),
        caller.signed(body + b" "),
        caller.signed(body, shift=-3600),
        caller.signed(body, shift=3600),
    ]


def disorder(lab: Lab) -> Result:
    """Tell each text five things in every order there is, some of them twice."""
    chance = random.Random(lab.seeds[0])
    orders = list(permutations(range(len(STATUSES))))
    base = time.time() - 3600
    with lab.site("disorder") as site:
        refs = accepted_texts(site, "disorder", 2 * len(orders))
        caller = Caller(site.webhook())
        breaches, pushed = [], 0
        for turn in range(len(STATUSES)):
            calls = []
            for ref, order in zip(refs, [*orders, *orders], strict=True):
                # the second half is never told that it was delivered
                word, minute = STATUSES[order[turn]]
                if word == "Delivered" and ref in refs[len(orders) :]:
                    continue
                at = time.strftime(
                    "%Y-%m-%dT%H:%M:%SZ", time.gmtime(base + 60 * minute)
                )
                event = dlr(ref, word, at)
                calls += [partial(caller.push, event)] * chance.choice((1, 1, 2))
            pushed += len(calls)
            statuses = set(all_at_once(calls))
            if statuses != {200}:
                breaches.append(f"answered {statuses}")
            if not all_applied(site):
                breaches.append(f"events of turn {turn} are still new")
        rows = site.world.database.query(
            "SELECT state, raw_status, count(*) FROM sms_hub_message "
            "WHERE direction = 'out' GROUP BY state, raw_status ORDER BY state"
        )
        half = str(len(orders))
        wanted = [["delivered", "Delivered", half], ["failed", STATUSES[3][0], half]]
        if rows != wanted:
            breaches.append(f"{rows}, not {wanted}")
        return report(
            site,
            "disorder",
            len(refs),
            "orders",
            breaches=breaches,
            note=f"{pushed} reports, {len(orders)} orders with and without delivered: "
            "every text ends as the same reports in their own order would have it",
        )


SCENARIOS = (
    Scenario(
        "webhook_flood",
        f"The platform reports {FLOOD_RATE} times a second, {TWICE:.0%} of it twice.",
        f"Every report is taken, 99 % of them within {PATIENCE:.0f} s, stored once and "
        "applied.",
        flood,
        alone=True,
    ),
    Scenario(
        "replayed",
        "The same signed report, reply and STOP are played again and again.",
        "Each has one effect; a capture of yesterday is refused.",
        replay,
    ),
    Scenario(
        "forged",
        "Somebody calls the webhook with no signature, with a wrong, shortened or "
        "foreign one, with another algorithm, and with another time, id or body.",
        "None is accepted, and nothing of it is stored.",
        forged,
    ),
    Scenario(
        "disorder",
        "Five reports about each text come in all 120 orders, some of them twice, each "
        "applied before the next one comes.",
        "Every text ends as if they had come in their own order.",
        disorder,
    ),
)
