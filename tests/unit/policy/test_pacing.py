"""No second sees more than the rate, whatever is booked in whichever order."""

import random

import pytest
from policy.pacing import MARGIN, WINDOW, Calendar, Slot, appoint, shares


def busiest(booked, window=1.0):
    """Return the most units within any window that begins with a booking."""
    return max(
        sum(units for at, units in booked if start <= at < start + window)
        for start, _units in booked
    )


def fill(calendar, sizes, now=1000.0):
    booked = []
    for units in sizes:
        at = calendar.earliest(now, units)
        calendar.book(at, units)
        booked.append((at, units))
    return booked


def test_single_units_follow_each_other_evenly():
    calendar = Calendar(10)
    booked = fill(calendar, [1] * 50)
    gaps = {
        round(later - at, 6)
        for (at, _u), (later, _v) in zip(booked, booked[1:], strict=False)
    }
    assert gaps == {round(calendar.window / 10, 6)}
    assert busiest(booked, WINDOW - 0.001) == 10


@pytest.mark.parametrize("seed", range(30))
def test_mixed_sizes_keep_the_rate_in_every_window(seed):
    chance = random.Random(seed)
    rate = chance.choice((5, 7, 10, 11, 40))
    sizes = [chance.randint(1, rate) for _turn in range(60)]
    booked = fill(Calendar(rate), sizes)
    assert busiest(booked, WINDOW - 0.001) <= rate
    seconds = max(at for at, _units in booked) - 1000
    assert sum(sizes) / seconds > rate * 0.4, "it does not crawl either"


@pytest.mark.parametrize("seed", range(30))
def test_two_calendars_are_both_kept_and_gaps_are_used(seed):
    chance = random.Random(seed)
    account, slow, fast = Calendar(50), Calendar(3), Calendar(100)
    seen = {slow: [], fast: []}
    for _turn in range(120):
        sender = chance.choice((slow, fast))
        units = chance.randint(1, 3)
        pair = [(account, 1), (sender, units)]
        at = appoint(pair, 1000.0)
        for calendar, taken in pair:
            calendar.book(at, taken)
        seen[sender].append((at, units))
    requests = [(at, 1) for found in seen.values() for at, _units in found]
    assert busiest(requests, WINDOW - 0.001) <= 50
    assert busiest(seen[slow], WINDOW - 0.001) <= 3
    assert busiest(seen[fast], WINDOW - 0.001) <= 100
    assert max(at for at, _u in seen[fast]) < 1005, "the slow one stops nobody"


@pytest.mark.parametrize("seed", range(30))
def test_threads_that_wake_up_late_do_not_meet_those_of_the_next_second(seed):
    chance = random.Random(seed)
    rate = chance.choice((1, 5, 10, 50, 200))
    sent, missed = [], 0
    for at, _units in fill(Calendar(rate), [1] * 8 * rate):
        doubt = chance.choice((0, 0.002, 0.03))
        slot = Slot.at(at + chance.uniform(0, doubt), doubt)
        awake = slot.opens + chance.choice((0, 0.01, 0.1, 1)) * chance.random()
        if slot.is_open(awake):
            network = chance.uniform(0, WINDOW - 1 - MARGIN - 0.001)
            sent.append((awake + network, 1))
        else:
            missed += 1
    assert busiest(sent) <= rate
    assert 0 < missed < 8 * rate


def test_a_slot_is_never_too_short_to_be_met():
    slot = Slot.at(1000.0, doubt=3)
    assert slot.is_open(1000.0)
    assert slot.is_open(1000.004)
    assert not slot.is_open(999.999)
    assert not slot.is_open(1000.006)
    assert Slot.at(1000.0).closes == pytest.approx(1000 + MARGIN)


def test_where_one_is_one_too_many_there_is_room_for_a_slow_way():
    assert Calendar(1).window > WINDOW + 0.1
    assert Calendar(200).window == pytest.approx(WINDOW, abs=0.001)
    assert Calendar(0.2).window == Calendar(1).window


def test_what_is_bigger_than_the_rate_leaves_alone():
    booked = fill(Calendar(2), [1, 5, 1])
    gaps = [
        later - at for (at, _u), (later, _v) in zip(booked, booked[1:], strict=False)
    ]
    assert min(gaps) >= 1


def test_an_urgent_one_that_waits_for_nobody_is_booked_at_once():
    bulk, urgent = shares(50)
    assert (bulk, urgent) == (45, 5)
    calendar = Calendar(bulk)
    fill(calendar, [1] * 100)
    assert calendar.earliest(1000.0, 1) > 1002
    assert Calendar(urgent).earliest(1000.0, 1) == 1000.0


@pytest.mark.parametrize("rate", [5, 6, 9, 10, 11, 50, 200, 333])
def test_the_shares_of_a_rate_are_the_rate(rate):
    bulk, urgent = shares(rate)
    assert bulk + urgent == rate
    assert 0 < urgent <= max(1, rate // 10)
    together = fill(Calendar(bulk), [1] * 3 * rate)
    together += fill(Calendar(urgent), [1] * 3 * urgent)
    assert busiest(together) <= rate


@pytest.mark.parametrize("rate", [0.6, 1, 4])
def test_of_little_nothing_is_kept_back(rate):
    assert shares(rate) == (rate, 0)


def test_room_is_what_can_still_be_booked_within_the_time():
    calendar = Calendar(1)
    assert calendar.room(1000, 2) == 3
    fill(calendar, [1, 1, 1])
    assert calendar.room(1000, 2) == 0
    assert calendar.room(1002, 2) == 1
    assert calendar.end() == pytest.approx(1000 + 3 * calendar.window)


def test_bookings_of_the_past_are_forgotten():
    calendar = Calendar(10)
    fill(calendar, [1] * 20)
    assert len(calendar.kept(1000)) == 20
    assert calendar.kept(1000 + WINDOW + 2.5) == []
