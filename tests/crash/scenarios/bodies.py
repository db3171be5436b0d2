"""Webhook calls that nobody can read, and clocks that disagree."""

from __future__ import annotations

import json
import random
from collections import Counter
from functools import partial

from ..caller import Caller, all_at_once, dlr
from ..lab import SETTLED, Lab, Site
from ..results import Result
from ..scenario import Scenario
from .answers import not_all, report
from .webhooks import accepted_texts, all_applied, secure

#: Bytes beyond which a call is refused.
LIMIT = 256 * 1024
#: Texts that break those who trust what they read.
STRANGE = (
    "\x00",
    "\ud800",
    "\u202e",
    "\u200b",
    "\ufeff",
    "𝟘" * 40,
    "'; --",
    "{{ object }}",
    "<b>",
    "%s%n",
    "9" * 400,
)
#: Seconds that the platform's clock differs from ours, and what a signature allows.
SHIFTS, TOLERANCE = (-600, -330, -270, -60, 0, 60, 270, 330, 600), 300


def fuzzed(lab: Lab) -> Result:
    """Call the webhook with bodies that are broken in every way we can think of."""
    count = lab.scale(200, 10_000)
    chance = random.Random(lab.seeds[0])
    with lab.site("fuzzed") as site:
        [ref] = accepted_texts(site, "fuzzed", 1)
        caller = Caller(site.webhook())
        calls = [
            partial(caller.call, body, content_type=kind)
            for body, kind in (_broken(chance, ref) for _turn in range(count))
        ]
        statuses = Counter(all_at_once(calls, 4))
        big = [caller.call(b"[" * size) for size in (LIMIT + 1, 1_000_000, 10_000_000)]
        applied = all_applied(site, 180)
        breaches = [] if applied else ["events are still new"]
        failed = {status for status in statuses if status not in (200, 400, 413)}
        if failed:
            breaches.append(f"answered {dict(statuses)}")
        # the server may close the line before it has read all of a body it refuses
        if not set(big) <= {413, 0}:
            breaches.append(f"too long bodies are answered with {big}")
        if traces := site.traces():
            breaches.append(f"{traces} traces in the servers' logs")
        if not set(site.states()) <= {*SETTLED, "accepted"}:
            breaches.append(f"the texts are {site.states()}")
        if caller.push(dlr(ref, "Delivered")) != 200 or not all_applied(site):
            breaches.append("a good report is not taken any more")
        breaches += not_all(site, "fuzzed", "delivered", 1)
        words = ", ".join(
            f"{times:,} x {status}" for status, times in sorted(statuses.items())
        )
        return report(
            site,
            "fuzzed",
            count + len(big),
            "calls",
            breaches=breaches,
            note=f"answered {words}; none with an error of ours, no trace in a log",
        )


def _broken(chance: random.Random, ref: str) -> tuple[bytes, str]:
    """Return a body that is broken somehow, and a content type."""
    event = dlr(ref, chance.choice(["Submitted", "Sent", *STRANGE]))
    event[chance.choice([*event, "to", "delivered_at", "x"])] = _value(chance, 0)
    text = json.dumps(chance.choice([event, [event] * 3, {"events": [event]}]))
    body = text.encode()
    wreck = chance.randrange(6)
    if wreck == 0:
        body = chance.randbytes(chance.randrange(1, 400))
    elif wreck == 1:
        body = body[: chance.randrange(len(body))]
    elif wreck == 2:
        position = chance.randrange(len(body))
        body = body[:position] + chance.randbytes(3) + body[position:]
    elif wreck == 3:
        body = body.replace(b'"type"', b'"type": 1, "type"', 1)
    elif wreck == 4:
        depth = chance.randrange(1, 5000)
        body = b"[" * depth + b"]" * depth
    kind = chance.choice(
        [
            *["application/json"] * 4,
            *("application/x-www-form-urlencoded", "text/plain"),
            *("application/json; charset=utf-16", "multipart/form-data", "x" * 99),
        ]
    )
    return body, kind


def _value(chance: random.Random, depth: int) -> object:
    """Return a value of any kind, nested or not."""
    if depth < 3 and chance.random() < 0.3:
        inner = [_value(chance, depth + 1) for _turn in range(chance.randrange(4))]
        return chance.choice([inner, {str(turn): it for turn, it in enumerate(inner)}])
    return chance.choice(
        [None, True, 0, -1, 1e308, 10**40, "", "1970-01-01", "9999-99-99", *STRANGE]
    )


def skewed(lab: Lab) -> Result:
    """Let the platform's clock be ahead or behind."""
    with lab.site("skewed") as site:
        refs = accepted_texts(site, "skewed", len(SHIFTS))
        caller = secure(site, random.Random(lab.seeds[0]))
        answers = {
            shift: caller.push(dlr(ref, "Delivered", _moment(site, shift)), shift=shift)
            for ref, shift in zip(refs, SHIFTS, strict=True)
        }
        breaches = [] if all_applied(site) else ["events are still new"]
        wanted = {shift: 200 if abs(shift) < TOLERANCE else 404 for shift in SHIFTS}
        if answers != wanted:
            breaches.append(f"answered {answers}, not {wanted}")
        late = site.world.database.query(
            "SELECT count(*) FROM sms_hub_message "
            "WHERE delivered_at > clock_timestamp() AT TIME ZONE 'UTC' "
            "OR delivered_at < accepted_at"
        )
        if late != [["0"]]:
            breaches.append(f"{late[0][0]} texts arrived in the future or before")
        taken = sum(status == 200 for status in answers.values())
        found = site.states().get("delivered", 0)
        if found != taken:
            breaches.append(f"{found} delivered, {taken} reports were taken")
        return report(
            site,
            "skewed",
            len(SHIFTS),
            "clocks",
            breaches=breaches,
            note=f"{taken} clocks within {TOLERANCE // 60} minutes are taken at their "
            "word, but for a delivery in the future or before the text; the others are "
            "refused",
        )


def _moment(site: Site, shift: float) -> str:
    """Return the time of a clock that is so many seconds ahead."""
    [[moment]] = site.world.database.query(
        "SELECT to_char((clock_timestamp() + "
        f"interval '{shift} s') AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
    )
    return moment


SCENARIOS = (
    Scenario(
        "fuzzed",
        "The webhook gets bodies that are cut, nested, of the wrong type, not UTF-8, "
        "with NUL and half characters, or up to 10 MB long.",
        "None ends in an error of ours or in a trace, too long ones are refused, and a "
        "good report is understood afterwards.",
        fuzzed,
    ),
    Scenario(
        "skewed",
        "The platform's clock is up to ten minutes ahead of ours or behind.",
        f"Calls within {TOLERANCE // 60} minutes are taken, others refused, and no "
        "text is delivered in the future.",
        skewed,
    ),
)
