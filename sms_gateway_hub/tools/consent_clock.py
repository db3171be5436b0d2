"""Whether entries were recorded when they say, by the entries and seals around them."""

import math
from collections.abc import Iterable
from datetime import datetime, timezone

from .consent_chain import Pin

#: Numbers per seal, so that no seal holds its locks for long. One with fewer took all
#: that had grown until then.
SEAL_LINES = 50_000
#: Seconds that the clocks of two servers of one database may differ.
_CLOCKS = 60
#: Seconds that a transaction may take: a seal leaves out what it is appending.
_TRANSACTION = 3600

Window = tuple[float, float]


def windows(seals: Iterable[tuple[int, str, int]]) -> dict[int, Window]:
    """Return between which instants the entries were recorded that a seal took first.

    They were not there at the seal before, or that one would have taken them.

    :param seals: their numbers, instants as texts in UTC, and how many numbers each has
    :return: by number of the seal, in seconds of the epoch
    """
    found, before = {}, -math.inf
    for seq, sealed_at, line_count in sorted(seals):
        moment = _seconds(sealed_at)
        found[seq] = before - _TRANSACTION, moment + _CLOCKS
        if line_count < SEAL_LINES:
            before = moment
    return found


def misdated(
    rows: list[dict[str, str]], pins: list[Pin], windows: dict[int, Window]
) -> list[int]:
    """Return the places of entries that were not recorded when they say.

    :param rows: a whole chain as texts, in order
    :param pins: what the seals say of it, in any order
    :param windows: as :func:`windows` returns them
    """
    found, latest = [], -math.inf
    sealed = sorted(pins, key=lambda pin: pin.seal, reverse=True)
    for place, row in enumerate(rows, 1):
        while sealed and sealed[-1].length < place:
            sealed.pop()
        seal = sealed[-1].seal if sealed else 0
        begin, end = windows.get(seal, (-math.inf, math.inf))
        moment = _seconds(row["recorded_at"])
        if moment + _CLOCKS < latest or not begin <= moment <= end:
            found.append(place)
        latest = max(latest, moment)
    return found


def _seconds(moment: str) -> float:
    """Return an instant in seconds; what is none is before all others."""
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return -math.inf
