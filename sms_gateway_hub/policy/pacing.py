"""When a request may leave, so that nobody's rate is exceeded in any second.

A calendar holds what an account or a sender was booked for. A request that counts
against several of them leaves at the first moment that suits all.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: Pacing at the very limit overshoots by the network's jitter.
PACE = 0.93
#: Within these seconds no more leaves than the rate: a second, and room for jitter.
WINDOW = 1 / PACE
#: Of few requests a single one on a slow way is one too many: room for this more, in
#: seconds, at one unit per second, and for less the more there are.
_SLOW_WAY = 0.15
#: How late a request may leave. Of one that is later, nobody knows how many others it
#: meets; the rest of the window is left to the network.
MARGIN = 0.04
#: The least of it that is left where clocks cannot be compared as exactly.
_LEAST_MARGIN = 0.005
#: Moments as close as this are one.
_TINY = 1e-6
#: From this rate on a part of it is kept for what is urgent.
_SHARED_FROM = 5


class Slot(NamedTuple):
    """When a request may leave: not before it opens, and no more once it has closed.

    :param opens: seconds on the clock of the one who waits
    :param closes: the same
    """

    opens: float
    closes: float

    @classmethod
    def at(cls, moment: float, doubt: float = 0.0) -> "Slot":
        """Return the slot of a booked moment.

        :param doubt: by how many seconds it may open too late, as clocks differ
        """
        return cls(moment, moment + max(MARGIN - doubt, _LEAST_MARGIN))

    def is_open(self, now: float) -> bool:
        """Tell whether what waited may leave."""
        return self.opens <= now <= self.closes


class Calendar:
    """What was booked lately at one rate, in units: requests, or parts of texts.

    :param rate: units per second, more than 0
    :param booked: ``(moment in seconds, units)`` of what is booked already
    """

    def __init__(self, rate: float, booked: Iterable[tuple[float, int]] = ()) -> None:
        self.rate = rate
        #: within these seconds no more leaves than the rate
        self.window = WINDOW + _SLOW_WAY / max(rate, 1)
        self._booked = sorted((at, units) for at, units in booked)
        self._times = [at for at, _units in self._booked]
        self._mixed = any(units != 1 for _at, units in self._booked)

    def span(self, units: int) -> float:
        """Return the seconds that so many units take at the pace of the rate."""
        return units * self.window / self.rate

    def earliest(self, at: float, units: int) -> float:
        """Return the first moment, not before ``at``, at which the units fit.

        What is bigger than the rate of a second leaves alone.
        """
        while True:
            at = self._past_neighbours(at, units)
            later = self._past_windows(at, units)
            if later <= at:
                return at
            at = later

    def book(self, at: float, units: int) -> None:
        """Take a moment that :meth:`earliest` found."""
        place = bisect_right(self._times, at)
        self._booked.insert(place, (at, units))
        self._times.insert(place, at)
        self._mixed = self._mixed or units != 1

    def room(self, now: float, seconds: float) -> int:
        """Return how many more units may be booked if none leaves after ``seconds``."""
        taken = sum(
            units for at, units in self._booked if at + self.span(units) > now + _TINY
        )
        return max(0, int(seconds * self.rate) + 1 - taken)

    def kept(self, now: float) -> list[tuple[float, int]]:
        """Return the bookings that still matter."""
        return [
            (at, units)
            for at, units in self._booked
            if at + max(self.window, self.span(units)) > now
        ]

    def end(self) -> float:
        """Return the moment from which on nothing is booked; 0 if nothing ever was."""
        return max((at + self.span(units) for at, units in self._booked), default=0.0)

    def _past_neighbours(self, at: float, units: int) -> float:
        """Return the first moment that lies in no booking and reaches into none."""
        place = bisect_right(self._times, at)
        if place:
            before, taken = self._booked[place - 1]
            at = max(at, before + self.span(taken))
        for time, taken in self._booked[place:]:
            if at + self.span(units) <= time + _TINY:
                break
            at = max(at, time + self.span(taken))
        return at

    def _past_windows(self, at: float, units: int) -> float:
        """Return ``at`` if every window around it has room, else a later moment.

        Where all bookings are of one unit, the distance between them suffices.
        """
        if units == 1 and not self._mixed:
            return at
        first = bisect_right(self._times, at - self.window + _TINY)
        near = self._booked[first : bisect_left(self._times, at + self.window - _TINY)]
        starts = [time for time, _units in near if time < at] + [at]
        for start in starts:
            inside = [
                (time, taken)
                for time, taken in near
                if start <= time < start + self.window - _TINY
            ]
            if sum(taken for _time, taken in inside) + units <= max(self.rate, units):
                continue
            if start < at:
                return start + self.window
            if inside:
                time, taken = inside[0]
                return time + self.span(taken)
        return at


def appoint(calendars: Sequence[tuple[Calendar, int]], now: float) -> float:
    """Return the first moment that suits all calendars, without taking it.

    :param calendars: each with the units that count against it
    """
    at = now
    while True:
        later = at
        for calendar, units in calendars:
            later = calendar.earliest(later, units)
        if later <= at:
            return at
        at = later


def shares(rate: float) -> tuple[float, float]:
    """Return what of a rate is for everybody, and what is kept for what is urgent.

    Of a rate of a few units nothing can be kept: urgent ones take their turn.
    """
    urgent = 0 if rate < _SHARED_FROM else max(1, int(rate) // 10)
    return rate - urgent, urgent
