"""The hours in which a recipient may be texted, in every place where they may be.

A text may leave when every schedule allows the local date and minute of every zone.
That is worked out once for a stretch of days, as a line of instants at which the answer
changes; each question is then a search in that line. Instants are seconds since the
epoch inside, so that no arithmetic with wall clocks can go wrong twice a year.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

#: Minutes of a day, half open: ``(480, 1200)`` is 8:00 up to, not including, 20:00.
Span = tuple[int, int]
#: What a holiday or its eve makes of a day: a span, nothing at all, or no difference.
DayRule = Span | None | Literal["same"]

#: How far an opening is looked for: a fortnight of holidays and a day.
SEARCH = timedelta(days=15)

_MINUTES = 24 * 60
_DAY = 24 * 3600
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_EPOCH_ORDINAL = _EPOCH.toordinal()
_SECOND = timedelta(seconds=1)
#: Days worked out at a time, and how many such stretches an ``Hours`` keeps.
_STRETCH = 8 * _DAY
_KEPT = 4

#: Seconds from one instant to another, and how far local time is ahead meanwhile.
_Piece = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Schedule:
    """One rule of hours, as a law or a company writes it.

    A holiday or its eve only ever narrows a day: where Sundays are closed, a holiday
    with hours of its own that falls on a Sunday is closed too.

    :param code: names the rule in the evidence
    :param label: the rule in words
    :param week: a span for each day from Monday to Sunday; ``None`` is a closed day
    :param holiday: the hours of public holidays
    :param eve: the hours of days before public holidays
    :param holidays: local dates
    """

    code: str
    label: str
    week: tuple[Span | None, ...]
    holiday: DayRule = "same"
    eve: DayRule = "same"
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError(f"{self.code}: a week has seven days")
        for span in (*self.week, self.holiday, self.eve):
            if span is None or span == "same":
                continue
            start, end = span
            if not 0 <= start < end <= _MINUTES:
                raise ValueError(f"{self.code}: no hours of one day: {span}")

    def __hash__(self) -> int:
        # Whole weeks and years of holidays would be hashed for every recipient.
        return hash(self.code)

    def window(self, day: date) -> Span | None:
        """The minutes of this local date that the rule allows."""
        span = self.week[day.weekday()]
        if not self.holidays:
            return span
        if day in self.holidays:
            span = _narrow(span, self.holiday)
        if day + timedelta(days=1) in self.holidays:
            span = _narrow(span, self.eve)
        return span


def _narrow(span: Span | None, rule: DayRule) -> Span | None:
    """What both allow of a day."""
    if rule == "same" or span is None:
        return span
    if rule is None:
        return None
    start, end = max(span[0], rule[0]), min(span[1], rule[1])
    return (start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Hours:
    """The zones a recipient may be in, and the schedules that hold in all of them.

    Make it with :meth:`of`, so that thousands of recipients share one and its memory.

    :param zones: names that :func:`policy.zones.canonical` knows; without any, nothing
        is ever open, because nobody knows what time it is for the recipient
    :param schedules: without any, all hours are open
    """

    zones: tuple[str, ...]
    schedules: tuple[Schedule, ...]
    _lines: dict[int, tuple[int, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @staticmethod
    @lru_cache(maxsize=4096)
    def of(zones: tuple[str, ...], schedules: tuple[Schedule, ...]) -> "Hours":
        """Return the one ``Hours`` of these zones and schedules."""
        return Hours(zones, schedules)

    def is_open(self, at: datetime) -> bool:
        """Whether a text may leave at this instant (aware)."""
        seconds = (at - _EPOCH) // _SECOND
        return bisect_right(self._line(seconds // _STRETCH), seconds) % 2 == 1

    def next_open(self, at: datetime) -> datetime | None:
        """Return the first instant from ``at`` on at which a text may leave.

        :param at: aware
        :return: ``at`` itself if that is open, else a whole minute (aware UTC);
            ``None`` if none comes within :data:`SEARCH`
        """
        if self.is_open(at):
            return at
        seconds = (at - _EPOCH) // _SECOND
        last = seconds + SEARCH // _SECOND
        for stretch in range(seconds // _STRETCH, last // _STRETCH + 1):
            line = self._line(stretch)
            place = bisect_right(line, seconds)
            if place < len(line):
                opening = _EPOCH + timedelta(seconds=line[place])
                return opening if line[place] <= last else None
        return None

    def describe(self, at: datetime) -> dict[str, Any]:
        """Return what the answer for this instant rests on, as plain JSON values.

        ``windows`` has the allowed hours of each date that it is in one of the zones.
        """
        local = sorted(
            at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in self.zones
        )
        days = sorted({moment.date() for moment in local})
        return {
            "zones": list(self.zones),
            "earliest": local[0].isoformat(" ", "minutes") if local else None,
            "latest": local[-1].isoformat(" ", "minutes") if local else None,
            "rules": [schedule.code for schedule in self.schedules],
            "windows": {day.isoformat(): _words(self._window(day)) for day in days},
        }

    def _line(self, stretch: int) -> tuple[int, ...]:
        """The instants of this stretch at which it opens, closes, opens, and so on."""
        line = self._lines.get(stretch)
        if line is None:
            if len(self._lines) >= _KEPT:
                self._lines.clear()
            line = self._lines[stretch] = self._worked_out(stretch)
        return line

    def _worked_out(self, stretch: int) -> tuple[int, ...]:
        # Local dates run a day ahead of UTC in the east, and a day behind in the west.
        first = stretch * _STRETCH // _DAY - 1
        windows = {
            day: self._window(date.fromordinal(_EPOCH_ORDINAL + day))
            for day in range(first, first + _STRETCH // _DAY + 2)
        }
        # Most of the zones of a large country keep the same time as another one.
        clocks = {_pieces(zone, stretch) for zone in self.zones}
        common: list[int] | None = None
        for pieces in clocks:
            line = _line_of(pieces, windows)
            common = line if common is None else _common(common, line)
            if not common:
                break
        return tuple(common or ())

    def _window(self, day: date) -> Span | None:
        """The minutes of a local date that every schedule allows."""
        span: Span | None = (0, _MINUTES)
        for schedule in self.schedules:
            window = schedule.window(day)
            span = None if window is None else _narrow(span, window)
        return span


def _line_of(pieces: tuple[_Piece, ...], windows: dict[int, Span | None]) -> list[int]:
    """The openings and closings by one clock.

    :param windows: days since the epoch to the hours of that local date
    """
    line = []
    for start, end, ahead in pieces:
        for day in range((start + ahead) // _DAY, (end - 1 + ahead) // _DAY + 1):
            window = windows[day]
            if window is None:
                continue
            midnight = day * _DAY - ahead
            opening = max(start, midnight + window[0] * 60)
            closing = min(end, midnight + window[1] * 60)
            if opening < closing:
                line += (opening, closing)
    return line


def _common(one: list[int], other: list[int]) -> list[int]:
    """What is open in both of two lines of openings and closings."""
    common: list[int] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i], other[j]), min(one[i + 1], other[j + 1])
        if start < end:
            common += (start, end)
        if one[i + 1] < other[j + 1]:
            i += 2
        else:
            j += 2
    return common


@lru_cache(maxsize=2048)
def _pieces(zone: str, stretch: int) -> tuple[_Piece, ...]:
    """Cut a stretch where the clocks of a zone change.

    It is looked at once a day: no zone ever changed its clocks back within a day.
    """
    clock = ZoneInfo(zone)
    start = stretch * _STRETCH
    pieces = []
    ahead = _ahead(clock, start)
    for day in range(start, start + _STRETCH, _DAY):
        later = _ahead(clock, day + _DAY)
        if later != ahead:
            change = _change(clock, day, day + _DAY)
            pieces.append((start, change, ahead))
            start, ahead = change, later
    pieces.append((start, (stretch + 1) * _STRETCH, ahead))
    return tuple(pieces)


def _ahead(clock: ZoneInfo, seconds: int) -> int:
    """How many seconds local time is ahead of UTC at an instant."""
    offset = datetime.fromtimestamp(seconds, clock).utcoffset() or timedelta()
    return offset // _SECOND


def _change(clock: ZoneInfo, low: int, high: int) -> int:
    """The first instant after ``low`` at which the clock keeps the time of ``high``."""
    before = _ahead(clock, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _ahead(clock, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _words(span: Span | None) -> str | None:
    """A span as people write it."""
    if span is None:
        return None
    return "-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in span)
