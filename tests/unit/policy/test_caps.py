"""Caps over rolling windows, against a window that is counted text by text."""

from dataclasses import replace
from datetime import timedelta

import pytest
from facts import FINE, NOW, cap, caps, minute
from hypothesis import given
from policy import RULES, Decision, Reason, Verdict, decide
from policy.base import ALLOW

HOUR = 60


def answer(*used, **facts):
    found = replace(FINE, purpose="marketing", caps=used, **facts)
    return decide(RULES, found, NOW)


def held(number):
    return Decision(Verdict.HOLD, Reason.CAP, minute(number))


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (cap(1, HOUR), ALLOW),
        (cap(1, HOUR, 60), ALLOW),  # left exactly one period ago
        (cap(1, HOUR, 59), held(1)),
        (cap(1, HOUR, 0), held(60)),
        (cap(2, HOUR, 10), ALLOW),
        (cap(2, HOUR, 10, 50), held(10)),
        (cap(2, HOUR, 10, 50, 70), held(10)),
        (cap(2, HOUR, 10, 20, 50), held(40)),  # over the limit already
        (cap(3, HOUR, 10, 20), ALLOW),
        (cap(0, HOUR), Decision(Verdict.HOLD, Reason.CAP)),
    ],
)
def test_a_cap_holds_until_its_window_has_room(used, expected):
    assert answer(used) == expected


def test_of_several_caps_the_last_one_to_free_decides():
    assert answer(cap(1, HOUR, 50), cap(2, 5 * HOUR, 10, 50), cap(9, HOUR)) == held(250)


def test_a_cap_of_nothing_waits_for_a_person_whatever_the_others_say():
    assert answer(cap(1, HOUR, 50), cap(0, HOUR)).until is None


@pytest.mark.parametrize("purpose", ["otp", "notice", "test"])
def test_what_is_asked_for_is_not_counted_against_anybody(purpose):
    found = replace(FINE, purpose=purpose, caps=(cap(0, HOUR),))
    assert decide(RULES, found, NOW) == ALLOW


def test_a_cap_that_names_another_purpose_binds_it():
    found = replace(FINE, caps=(cap(1, HOUR, 0),))
    assert decide(RULES, found, NOW) == held(60)


def test_a_manager_may_lift_a_cap():
    assert answer(cap(0, HOUR), released=frozenset({Reason.CAP})) == ALLOW


@given(caps)
def test_a_cap_frees_at_the_first_minute_with_room(used):
    def room(at):
        counting = [one for one in used.times if one > at - used.period]
        return len(counting) < used.limit

    free = used.frees_at(NOW)
    assert (free is None) is (used.limit < 1)
    if free:
        assert free >= NOW
        assert room(free)
        assert free == NOW or not room(free - timedelta(microseconds=1))
