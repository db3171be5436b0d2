"""The gate alone: how long it thinks about one message, and whether it is ever wrong.

Needs no Odoo. The million decisions are held against the oracle of the unit tests.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

from phonenumbers.tzdata import TIMEZONE_DATA
from policy import RULES, CapUse, Consent, Facts, Verdict, decide
from policy import zones as zones_of
from policy.hours import Hours, Schedule
from policy.zones import candidate_zones

from .figures import ROUNDS, Row, seconds

_ORACLE = Path(__file__).resolve().parent.parent / "tests" / "unit" / "policy"
EVALUATIONS = 1_000_000
DECISIONS = 5_000
DAY = datetime(2026, 3, 4, 17, tzinfo=timezone.utc)
NIGHT = datetime(2026, 3, 7, 3, tzinfo=timezone.utc)
#: Hours of a law, with Sundays and some holidays closed.
LAW = Schedule(
    "LAW",
    "8 to 20",
    ((480, 1200),) * 6 + (None,),
    holiday=None,
    holidays=frozenset((NIGHT + timedelta(days=days)).date() for days in (5, 40, 90)),
)
COMPANY = Schedule("OWN", "9 to 21", ((540, 1260),) * 7)
FOUR = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
#: What the metadata says of a number of the whole of North America: 42 zones.
ALL = TIMEZONE_DATA["1"]


def run() -> list[Row]:
    """Measure decisions and zones, and count wrong answers."""
    return [*_decisions(), *_numbers(), _evaluations()]


def _facts(hours: Hours) -> Facts:
    """A marketing text that nothing but its hours can hold back."""
    return Facts(
        purpose="marketing",
        text="Offer of the week: -20 %",
        segments=1,
        max_segments=6,
        consent=Consent.GRANTED,
        consent_needed=True,
        hours=hours,
        caps=(CapUse(limit=3, period=timedelta(days=7), times=()),),
    )


def _decisions() -> Iterator[Row]:
    for what, zones, target in (("4", FOUR, 100), ("42", ALL, 1000)):
        fresh = _fresh(zones)
        yield Row(
            f"HOLD, {what} zones, hours never seen before",
            "µs",
            _microseconds(fresh, NIGHT, Verdict.HOLD),
            target,
        )
        shared = _facts(Hours.of(zones, (LAW, COMPANY)))
        yield Row(
            f"HOLD, {what} zones, shared by all recipients",
            "µs",
            _microseconds(_same(shared), NIGHT, Verdict.HOLD),
            target,
        )
    yield Row(
        "ALLOW, 4 zones",
        "µs",
        _microseconds(
            _same(_facts(Hours.of(FOUR, (LAW, COMPANY)))), DAY, Verdict.ALLOW
        ),
        20,
    )


def _same(facts: Facts) -> Callable[[], Facts]:
    return lambda: facts


def _fresh(zones: tuple[str, ...]) -> Callable[[], Facts]:
    """Facts with hours that nothing has been worked out of."""
    return lambda: _facts(Hours(zones, (LAW, COMPANY)))


def _microseconds(
    make: Callable[[], Facts], now: datetime, verdict: Verdict
) -> list[float]:
    """Median time of a decision, round by round."""
    if decide(RULES, make(), now).verdict is not verdict:
        raise AssertionError(f"{now} is no moment of {verdict}")
    rounds = []
    for _round in range(ROUNDS):
        times = []
        for _number in range(DECISIONS // 5):
            facts = make()
            times.append(seconds(lambda facts=facts: decide(RULES, facts, now)))
        rounds.append(statistics.median(times) * 1e6)
    return rounds


def _numbers() -> Iterator[Row]:
    chance = random.Random(1)
    codes = ("1", "55", "52", "7", "61", "33")
    numbers = [
        f"+{chance.choice(codes)}{chance.randrange(10**9, 10**10)}" for _ in range(2000)
    ]

    def ask() -> None:
        for number in numbers:
            candidate_zones(number, None, "America/New_York", "US", "CA")

    def ask_anew() -> None:
        zones_of._candidates.cache_clear()
        zones_of._by_number.cache_clear()
        ask()

    for what, work, target in (
        ("zones of a number, never seen before", ask_anew, 30),
        ("zones of a number, seen before", ask, 2),
    ):
        work()
        each = [seconds(work) / len(numbers) * 1e6 for _round in range(ROUNDS)]
        yield Row(what, "µs", each, target)


def _evaluations() -> Row:
    """Decide at every minute of random cases until a million are full."""
    sys.path.insert(0, str(_ORACLE))
    from hours_cases import ASKED, disagreements

    def first_open(hours: Hours, at: datetime) -> datetime | None:
        answer = decide(RULES, _facts(hours), at)
        return at if answer.verdict is Verdict.ALLOW else answer.until

    cases = -(-EVALUATIONS // ASKED)
    wrong = sum(len(disagreements(seed, first_open)) for seed in range(cases))
    return Row(
        f"wrong among {cases * ASKED:,} decisions, against the oracle",
        "decisions",
        [wrong],
        0,
        note="random zones, windows and holidays; both nights of clock changes",
    )
