"""What is green, amber and red, and for how long a balance lasts."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy.health import (
    PATIENCE,
    Level,
    days_left,
    of_balance,
    of_count,
    of_key,
    of_queue,
    of_rate,
    of_reports,
    worst,
)

START = datetime(2026, 11, 1, tzinfo=timezone.utc)


def history(*points):
    """Return points of a balance: ``(day, amount)`` each."""
    return [(START + timedelta(days=day), amount) for day, amount in points]


def test_the_worst_of_several_counts_and_nothing_is_good():
    assert worst([]) is Level.GOOD
    assert worst([Level.LOOK, Level.ACT, Level.GOOD]) is Level.ACT


@pytest.mark.parametrize("lane", PATIENCE)
def test_each_lane_has_its_patience(lane):
    look, act = PATIENCE[lane]
    assert 0 < look < act
    for seconds, level in (
        (0, Level.GOOD),
        (look - 1, Level.GOOD),
        (look, Level.LOOK),
        (act - 1, Level.LOOK),
        (act, Level.ACT),
    ):
        assert of_queue({lane: seconds}) is level


def test_one_lane_that_is_late_is_enough():
    assert of_queue({}) is Level.GOOD
    assert of_queue({"marketing": 60, "urgent": 60}) is Level.ACT


def test_a_lane_that_nobody_knows_is_an_error():
    with pytest.raises(KeyError):
        of_queue({"express": 1})


@pytest.mark.parametrize(
    ("used", "limit", "level"),
    [
        (0, 10, Level.GOOD),
        (8.9, 10, Level.GOOD),
        (9, 10, Level.LOOK),
        (50, 10, Level.LOOK),
        (500, 0, Level.GOOD),
    ],
)
def test_a_rate_is_looked_at_where_it_is_the_limit(used, limit, level):
    assert of_rate(used, limit) is level


@pytest.mark.parametrize(
    ("count", "act_from", "level"),
    [
        (0, 1, Level.GOOD),
        (0, 0, Level.GOOD),
        (1, 1, Level.ACT),
        (1, 2, Level.LOOK),
        (1000, 0, Level.LOOK),
    ],
)
def test_things_that_need_a_person(count, act_from, level):
    assert of_count(count, act_from) is level


@pytest.mark.parametrize(
    ("silent", "after", "level"),
    [
        (None, 60, Level.GOOD),
        (29, 60, Level.GOOD),
        (30, 60, Level.LOOK),
        (60, 60, Level.ACT),
        (10_000, 0, Level.GOOD),
    ],
)
def test_silence_of_a_platform(silent, after, level):
    assert of_reports(silent, after) is level


def test_a_key_grows_old_and_none_does_not():
    assert of_key(None) is Level.GOOD
    assert of_key(365) is Level.GOOD
    assert of_key(365.1) is Level.LOOK


@pytest.mark.parametrize(
    ("amount", "days", "low", "low_days", "level"),
    [
        (0, None, 0, 0, Level.GOOD),
        (99, None, 100, 0, Level.ACT),
        (100, None, 100, 0, Level.GOOD),
        (500, 6.9, 0, 7, Level.ACT),
        (500, 7, 0, 7, Level.LOOK),
        (500, 14, 0, 7, Level.GOOD),
        (500, 1, 0, 0, Level.GOOD),
        (-5, None, 100, 7, Level.ACT),
    ],
)
def test_what_is_left_on_an_account(amount, days, low, low_days, level):
    assert of_balance(amount, days, low, low_days) is level


@pytest.mark.parametrize(
    "points",
    [
        history(),
        history((0, 100)),
        history((0, 100), (0.4, 50)),
        history((0, 100), (5, 100)),
        history((0, 100), (5, 900)),
        history((3, 100), (3, 50)),
    ],
)
def test_no_pace_no_days(points):
    assert days_left(points) is None


def test_a_balance_lasts_as_long_as_its_pace_says():
    assert days_left(history((0, 1000), (10, 500))) == pytest.approx(10)


def test_what_was_added_is_no_negative_spending():
    bought = history((0, 1000), (5, 500), (5, 2500), (10, 2000))
    assert days_left(bought) == pytest.approx(20)


def test_what_is_overdrawn_lasts_no_day():
    assert days_left(history((0, 100), (2, -20))) == 0


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(-(10**6), 10**6))))
def test_days_are_never_negative(points):
    points = sorted(points)
    days = days_left(history(*points))
    assert days is None or days >= 0
