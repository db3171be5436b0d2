"""When a sender is paused by itself, and for how long."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy.sender_health import (
    FIRST_PAUSE,
    LAST_PAUSE,
    Limits,
    Pattern,
    Tally,
    length_of_pause,
    pattern_of,
    percent,
)

LIMITS = Limits(share=20.0, least=20)


@pytest.mark.parametrize(
    ("tally", "expected"),
    [
        (Tally(), None),
        (Tally(settled=100, filtered=19), None),
        (Tally(settled=100, filtered=20), Pattern.FILTERED),
        (Tally(settled=19, filtered=19), None),
        (Tally(settled=20, filtered=4), Pattern.FILTERED),
        (Tally(settled=2, unregistered=2), None),
        (Tally(settled=3, unregistered=3), Pattern.UNREGISTERED),
        (Tally(settled=6, unregistered=3), Pattern.UNREGISTERED),
        (Tally(settled=7, unregistered=3), None),
        (Tally(settled=40, filtered=20, unregistered=20), Pattern.UNREGISTERED),
    ],
)
def test_a_pattern_takes_a_number_and_a_share(tally, expected):
    assert pattern_of(tally, LIMITS) is expected


def test_a_share_of_zero_switches_filters_off_but_not_registrations():
    off = Limits(share=0, least=1)
    assert pattern_of(Tally(settled=9, filtered=9), off) is None
    assert pattern_of(Tally(settled=9, unregistered=9), off) is Pattern.UNREGISTERED


@given(st.integers(0, 10**6))
def test_pauses_double_up_to_a_day(failed):
    length = length_of_pause(failed)
    assert FIRST_PAUSE <= length <= LAST_PAUSE == timedelta(hours=24)
    following = length_of_pause(failed + 1)
    assert following == min(LAST_PAUSE, length * 2)


def test_a_share_of_nothing_is_nothing():
    assert percent(0, 0) == 0.0
    assert percent(1, 4) == 25.0
