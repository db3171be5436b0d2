import math

import pytest
from tools.consent_chain import Pin
from tools.consent_clock import SEAL_LINES, misdated, windows

SEALS = [
    (1, "2026-03-01 12:00:00", 10),
    (2, "2026-03-02 12:00:00", SEAL_LINES),
    (3, "2026-03-02 12:00:05", 10),
]


def rows(*moments):
    """Return a chain recorded at these moments."""
    return [{"recorded_at": moment} for moment in moments]


def test_a_full_seal_is_no_beginning_of_the_next():
    found = windows(reversed(SEALS))
    assert found[1] == (-math.inf, found[1][1])
    assert found[2][0] == found[3][0]
    assert found[2][0] == found[1][1] - 3660, "an hour before, and the minute after"
    assert found[3][1] - found[2][1] == 5


@pytest.mark.parametrize(
    ("moments", "pins", "places"),
    [
        (["2026-02-28 10:00:00", "2026-03-01 10:00:00"], [(2, 1)], []),
        (["2026-03-01 10:00:00", "2026-02-28 10:00:00"], [(2, 1)], [2]),
        (["2026-03-01 12:00:30"], [(1, 1)], []),
        (["2026-03-01 13:00:00"], [(1, 1)], [1]),
        (["2026-03-01 11:30:00"], [(1, 2)], []),
        (["2026-03-01 10:30:00"], [(1, 2)], [1]),
        (["2026-03-01 10:30:00"], [(1, 3)], [1]),
        (["2026-03-01 10:30:00"], [(1, 1), (1, 3)], []),
        (["2026-03-01 10:00:00", "2026-03-02 09:00:00"], [(2, 3), (1, 1)], []),
        (["2026-03-01 10:00:00", "2026-03-01 10:00:00"], [(2, 3), (1, 1)], [2]),
        (["2019-01-01 00:00:00"], [(1, 7)], []),
        (["2019-01-01 00:00:00"], [], []),
        (["2026-03-01 10:00:00", "1-01-01 00:00:00"], [], [2]),
    ],
)
def test_entries_were_recorded_between_the_seals_around_them(moments, pins, places):
    known = [Pin(length, "", seal) for length, seal in pins]
    assert misdated(rows(*moments), known, windows(SEALS)) == places
