"""When a sender is paused for a country by itself, and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

#: The first pause; each probe that fails doubles it, up to the last.
FIRST_PAUSE, LAST_PAUSE = timedelta(minutes=15), timedelta(hours=24)
#: Texts refused because of their sender that make a pattern, and their least share.
#: A registration is missing or it is not: a few suffice, and chance brings none.
_UNREGISTERED, _UNREGISTERED_SHARE = 3, 50.0


class Pattern(str, Enum):
    """What refusals in a row say about a sender."""

    #: operators hold back its texts because of what they say
    FILTERED = "filtered"
    #: it may not send to this country
    UNREGISTERED = "unregistered"


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the latest texts by one sender to one country.

    :param settled: how many were delivered, failed or were refused
    :param filtered: how many of these because of the text
    :param unregistered: how many of these because of the sender
    """

    settled: int = 0
    filtered: int = 0
    unregistered: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """From when on a company calls it a pattern.

    :param share: percent of filtered texts; zero switches such pauses off
    :param least: settled texts below which chance is as good an explanation
    """

    share: float = 20.0
    least: int = 20


def pattern_of(tally: Tally, limits: Limits) -> Pattern | None:
    """Return what the latest texts say about their sender; ``None`` if nothing."""
    if (
        tally.unregistered >= _UNREGISTERED
        and percent(tally.unregistered, tally.settled) >= _UNREGISTERED_SHARE
    ):
        return Pattern.UNREGISTERED
    if (
        limits.share > 0
        and tally.settled >= limits.least
        and percent(tally.filtered, tally.settled) >= limits.share
    ):
        return Pattern.FILTERED
    return None


def length_of_pause(failed_probes: int) -> timedelta:
    """Return how long a sender rests after so many probes that failed."""
    # beyond this power the limit holds anyway
    return min(LAST_PAUSE, FIRST_PAUSE * 2 ** min(failed_probes, 10))


def percent(part: int, whole: int) -> float:
    """Return a share in percent; 0 of nothing."""
    return 100.0 * part / whole if whole else 0.0
