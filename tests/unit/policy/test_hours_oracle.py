"""The engine of quiet hours against an oracle that knows only wall clocks."""

from datetime import date, datetime, timedelta, timezone

import hours_oracle as oracle
import pytest
from hours_cases import ASKED, MINUTE, NIGHTS, ZONES, disagreements
from hypothesis import given, settings
from hypothesis import strategies as st
from policy.hours import SEARCH, Hours, Schedule

CASES = 36


def test_the_sweep_is_large_enough():
    assert CASES * ASKED >= 100_000
    assert CASES > 2 * len(NIGHTS)


@pytest.mark.parametrize("seed", range(CASES))
def test_engine_and_oracle_agree_on_every_minute(seed):
    assert not disagreements(seed, Hours.next_open)


spans = st.one_of(
    st.none(),
    st.tuples(st.integers(0, 1380), st.integers(1, 1440)).map(
        lambda pair: (pair[0], min(1440, pair[0] + pair[1]))
    ),
)
rules = st.one_of(st.just("same"), spans)
moments = st.integers(0, 37 * 365 * 24 * 3600).map(
    lambda seconds: (
        datetime(2000, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    )
)


@st.composite
def recipients(draw):
    """A recipient, an instant, and rules with holidays around it."""
    at = draw(moments)
    near = st.integers(-1, 16).map(lambda days: (at + timedelta(days=days)).date())
    schedules = tuple(
        Schedule(
            f"R{number}",
            "",
            draw(st.tuples(*[spans] * 7)),
            draw(rules),
            draw(rules),
            draw(st.frozensets(near, max_size=4)),
        )
        for number in range(draw(st.integers(1, 3)))
    )
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=5, unique=True))
    return Hours.of(tuple(zones), schedules), at


@settings(max_examples=300)
@given(recipients())
def test_no_opening_is_ever_outside_of_the_hours(recipient):
    hours, at = recipient
    opening = hours.next_open(at)
    assert hours.is_open(at) is oracle.may_leave(hours.zones, hours.schedules, at)
    if opening is not None:
        assert at <= opening <= at + SEARCH
        assert hours.is_open(opening)
        assert oracle.may_leave(hours.zones, hours.schedules, opening)
    if opening not in (None, at):
        assert (opening.second, opening.microsecond) == (0, 0)
        before = opening - MINUTE
        assert before < at or not oracle.may_leave(hours.zones, hours.schedules, before)


@settings(max_examples=40)
@given(recipients())
def test_an_opening_is_the_first_one(recipient):
    hours, at = recipient
    day = 24 * 60
    expected = oracle.first_allowed(hours.zones, hours.schedules, at, day)
    found = hours.next_open(at)
    if expected is None:
        assert found is None or found > at + day * MINUTE
    else:
        assert found == expected


def test_the_oracle_itself_knows_a_day_from_a_night():
    """A check that cannot fail would prove nothing: these answers are by hand."""
    nine_to_five = Schedule("X", "", ((540, 1020),) * 6 + (None,))
    holiday = Schedule(
        "Y",
        "",
        ((540, 1020),) * 7,
        holiday=None,
        eve=(540, 720),
        holidays=frozenset({date(2026, 7, 14)}),
    )
    paris = ("Europe/Paris",)
    for text, rule, expected in (
        ("2026-07-10 07:00", nine_to_five, True),
        ("2026-07-10 06:59", nine_to_five, False),
        ("2026-07-10 14:59", nine_to_five, True),
        ("2026-07-10 15:00", nine_to_five, False),
        ("2026-07-12 10:00", nine_to_five, False),
        ("2026-07-14 10:00", holiday, False),
        ("2026-07-13 09:59", holiday, True),
        ("2026-07-13 10:00", holiday, False),
    ):
        at = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
        assert oracle.may_leave(paris, (rule,), at) is expected, (text, rule.code)
