"""Refused calls are counted in memory: none twice, none lost, none elsewhere."""

from concurrent.futures import ThreadPoolExecutor

from tools.refusals import Refusals

LONG = 10_000.0


def test_what_was_counted_is_taken_once():
    refusals = Refusals(every=0)
    for gateway in (7, 7, 0):
        refusals.note("shop", gateway)
    assert refusals.take_due("shop") == {7: 2, 0: 1}
    assert refusals.take_due("shop") == {}


def test_nothing_counted_is_nothing():
    assert Refusals(every=0).take_due("shop") == {}


def test_what_is_not_due_stays_until_it_is(monkeypatch):
    now = 50.0
    monkeypatch.setattr("tools.refusals.time.monotonic", lambda: now)
    refusals = Refusals(every=10)
    refusals.note("shop", 7)
    assert refusals.take_due("shop") == {7: 1}
    refusals.note("shop", 7)
    now = 59.9
    assert refusals.take_due("shop") == {}
    refusals.note("shop", 8)
    now = 60.0
    assert refusals.take_due("shop") == {7: 1, 8: 1}


def test_each_database_has_its_own_counts_and_its_own_time():
    refusals = Refusals(every=LONG)
    refusals.note("shop", 7)
    refusals.note("office", 7)
    assert refusals.take_due("shop") == {7: 1}
    assert refusals.take_due("office") == {7: 1}
    refusals.note("shop", 7)
    assert refusals.take_due("shop") == {}


def test_many_threads_lose_none():
    refusals = Refusals(every=0)
    taken = []

    def call(turn):
        refusals.note("shop", turn % 3)
        if turn % 50 == 0:
            taken.append(refusals.take_due("shop"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(call, range(3000)))
    taken.append(refusals.take_due("shop"))
    assert sum(sum(counts.values()) for counts in taken) == 3000
    assert {gateway for counts in taken for gateway in counts} == {0, 1, 2}
