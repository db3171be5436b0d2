"""Recipients and rules at random, and the nights on which clocks go wrong.

The tests ask some hundred thousand questions about them, the benchmark a million.
"""

import random
from datetime import datetime, timedelta, timezone

import hours_oracle as oracle
from policy.hours import SEARCH, Hours, Schedule
from policy.zone_tables import ZONE_COUNTRY

MINUTE = timedelta(minutes=1)
#: Minutes of a case that are asked about (nine days, so that each weekday comes and one
#: twice), and those in which their openings may lie.
ASKED = 9 * 24 * 60
SEEN = ASKED + SEARCH // MINUTE
ZONES = sorted(ZONE_COUNTRY)
#: Nights and places at which engines of this kind have failed: both changes of the
#: clock, by an hour and by half of one; odd offsets; the date line; a day that was not.
NIGHTS = [
    ("2026-03-28", ("Europe/Paris", "Atlantic/Azores")),
    ("2026-10-24", ("Europe/Paris",)),
    ("2026-03-07", ("America/New_York", "America/Phoenix")),
    ("2026-10-31", ("America/Los_Angeles", "America/Adak")),
    ("2026-04-03", ("Australia/Lord_Howe", "Australia/Sydney")),
    ("2026-10-02", ("Australia/Lord_Howe",)),
    ("2026-04-03", ("Pacific/Chatham", "Asia/Kathmandu")),
    ("2026-09-25", ("Pacific/Chatham", "Pacific/Kiritimati")),
    ("2026-01-16", ("Pacific/Kiritimati", "Pacific/Pago_Pago")),
    ("2011-12-28", ("Pacific/Apia",)),
    ("2011-12-28", ("Pacific/Apia", "Pacific/Pago_Pago")),
    ("2014-10-24", ("Europe/Moscow", "Asia/Novosibirsk")),
    ("2025-02-27", ("Africa/Casablanca", "Europe/London")),
    ("2026-03-26", ("America/Nuuk", "Asia/Kolkata")),
]


def span(chance):
    """Hours that mostly are those of a day, and sometimes of deep night."""
    kind = chance.random()
    if kind < 0.15:
        return None
    if kind < 0.25:
        return (0, 1440)
    if kind < 0.5:
        start = chance.randrange(0, 240)
        return (start, start + chance.randrange(1, 300))
    start = chance.randrange(420, 780)
    return (start, chance.randrange(start + 60, 1441))


def schedule(chance, code, around):
    """A rule with holidays near a date."""
    days = {around.date() + timedelta(days=chance.randrange(-2, 17)) for _ in range(3)}
    return Schedule(
        code,
        code,
        tuple(span(chance) for _day in range(7)),
        holiday=chance.choice(["same", None, span(chance)]),
        eve=chance.choice(["same", None, span(chance)]),
        holidays=frozenset(days if chance.random() < 0.6 else ()),
    )


def case(seed):
    """A recipient and a whole minute (UTC); the first cases are the known nights."""
    chance = random.Random(seed)
    if seed < 2 * len(NIGHTS):
        text, zones = NIGHTS[seed % len(NIGHTS)]
        start = datetime.fromisoformat(f"{text}T00:00+00:00")
    else:
        days = timedelta(days=chance.randrange(20 * 365))
        start = datetime(2010, 1, 1, tzinfo=timezone.utc) + days
        zones = tuple(chance.sample(ZONES, chance.choice([1, 1, 1, 2, 2, 3])))
    start = start.replace(hour=chance.randrange(24))
    rules = [schedule(chance, f"R{number}", start) for number in range(2)]
    return Hours.of(zones, tuple(rules[: chance.choice([1, 1, 2])])), start


def disagreements(seed, first_open):
    """Where an answer and the oracle's differ, over every minute of a case.

    :param first_open: of hours and an instant, the first open instant, or ``None``
    """
    hours, start = case(seed)
    chance = random.Random(-seed)
    allowed = oracle.answers(hours.zones, hours.schedules, start, SEEN)
    opening = first_true_from(allowed)
    wrong = []
    for number in range(ASKED):
        seconds = chance.choice([0, chance.randrange(60)])
        at = start + number * MINUTE + timedelta(seconds=seconds)
        expected = at
        if not allowed[number]:
            later = opening[number]
            expected = None if later is None else start + later * MINUTE
        if expected is not None and expected > at + SEARCH:
            expected = None
        found = first_open(hours, at)
        if found != expected:
            wrong.append((hours.zones, at, found, expected))
    return wrong


def first_true_from(flags):
    """For each place, that of the first true flag from there on."""
    following, found = None, [None] * len(flags)
    for place in range(len(flags) - 1, -1, -1):
        following = place if flags[place] else following
        found[place] = following
    return found
