"""How well the hub does: green, amber or red, from plain figures."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum

#: Seconds that a text of a lane may be due before somebody should look, and act.
PATIENCE = {
    "urgent": (15, 60),
    "transactional": (120, 900),
    "marketing": (3600, 14400),
}
#: Share of the account's rate above which it is the limit.
_RATE_FULL = 0.9
#: Days after which a key is old.
_KEY_DAYS = 365
_SECONDS_PER_DAY = 86400.0
#: Days that a history has to cover before it tells a pace.
_LEAST_DAYS = 0.5


class Level(IntEnum):
    """A tile's colour, the worst one last."""

    GOOD = 0
    LOOK = 1
    ACT = 2


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst of some levels; good if there is none."""
    return max(levels, default=Level.GOOD)


def of_queue(oldest: dict[str, float]) -> Level:
    """Judge how long due texts have waited.

    :param oldest: seconds since the oldest text of a lane became due, by lane
    """
    levels = []
    for lane, seconds in oldest.items():
        look, act = PATIENCE[lane]
        levels.append(_step(seconds, look, act))
    return worst(levels)


def of_rate(used: float, limit: float) -> Level:
    """Judge requests per second against the limit of the account; 0 is no limit."""
    full = limit > 0 and used >= limit * _RATE_FULL
    return Level.LOOK if full else Level.GOOD


def of_count(count: int, act_from: int) -> Level:
    """Judge a number of things that need a person.

    :param act_from: from how many on it is an alarm; 0 for never
    """
    if not count:
        return Level.GOOD
    return Level.ACT if act_from and count >= act_from else Level.LOOK


def of_reports(silent_minutes: float | None, act_after: int) -> Level:
    """Judge how long texts have been accepted without any report.

    :param silent_minutes: ``None`` when nothing waits for a report
    :param act_after: minutes; 0 for never
    """
    if silent_minutes is None or not act_after:
        return Level.GOOD
    return _step(silent_minutes, act_after / 2, act_after)


def of_key(days: float | None) -> Level:
    """Judge the age of a key in days; ``None`` without one."""
    return Level.LOOK if days is not None and days > _KEY_DAYS else Level.GOOD


def of_balance(amount: float, days: float | None, low: float, low_days: int) -> Level:
    """Judge what is left on an account.

    :param days: for how long it lasts; ``None`` when nobody can tell
    :param low: amount below which it is an alarm; 0 for never
    :param low_days: the same in days
    """
    if (low and amount < low) or (low_days and days is not None and days < low_days):
        return Level.ACT
    soon = low_days and days is not None and days < 2 * low_days
    return Level.LOOK if soon else Level.GOOD


def figure(amount: float) -> str:
    """Write an amount for people, whatever its size: ``1,234,567.5``."""
    return f"{amount:,.4f}".rstrip("0").rstrip(".")


def days_left(points: Sequence[tuple[datetime, float]]) -> float | None:
    """Return for how many days a balance lasts at the pace of its history.

    What was added in between is no negative spending.

    :param points: moments and amounts, oldest first
    :return: ``None`` when it was not spent from, or for too short a time
    """
    if len(points) < 2:
        return None
    (first, _amount), (last, left) = points[0], points[-1]
    days = (last - first).total_seconds() / _SECONDS_PER_DAY
    amounts = [amount for _moment, amount in points]
    pairs = zip(amounts, amounts[1:], strict=False)
    spent = sum(max(0.0, before - after) for before, after in pairs)
    if days < _LEAST_DAYS or not spent:
        return None
    return max(0.0, left) / (spent / days)


def _step(value: float, look: float, act: float) -> Level:
    if value >= act:
        return Level.ACT
    return Level.LOOK if value >= look else Level.GOOD
