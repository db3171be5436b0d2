"""The rows of a benchmark: what was measured, beside what, against which target."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

_Sizes = TypeVar("_Sizes")

#: Says to the process of a benchmark that a glance is enough.
QUICK = "SMS_HUB_BENCH_QUICK"
#: How often everything is measured; the median counts.
ROUNDS = 1 if QUICK in os.environ else 5
#: Part of a target that is missed before a run counts as failed: machines differ.
TOLERANCE = 0.9


@dataclass(frozen=True)
class Row:
    """One figure.

    :param what: the thing measured, for people.
    :param unit: of the samples, like ``µs`` or ``recipients/s``.
    :param ours: samples, one per round.
    :param peer: the peer's samples, each taken beside ours of the same round; where
        there are none, the target is about our median, else about the ratio.
    :param target: for the ratio ours / peer, or for our median in ``unit``.
    :param at_most: whether the target is an upper limit; else it is a lower one.
    :param note: what a reader has to know beside.
    """

    what: str
    unit: str
    ours: Sequence[float]
    target: float
    peer: Sequence[float] = ()
    at_most: bool = True
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Median of the rounds' ratios ours / peer; ``None`` without a peer."""
        if not self.peer:
            return None
        return statistics.median(
            ours / peer for ours, peer in zip(self.ours, self.peer, strict=True)
        )

    @property
    def value(self) -> float:
        """What the target is about."""
        return statistics.median(self.ours) if self.ratio is None else self.ratio

    def reaches(self, share: float = 1.0) -> bool:
        """Tell whether the value reaches a share (0 to 1) of the target."""
        if self.at_most:
            return self.value <= self.target / share
        return self.value >= self.target * share


def sized(full: _Sizes, quick: _Sizes) -> _Sizes:
    """Return the size of a run: small ones show that it works, and little more."""
    return quick if QUICK in os.environ else full


def seconds(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def side_by_side(
    ours: Callable[[], float], peer: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Measure both in turns, so that what slows the machine down slows both down.

    The first round warms caches up on both sides and does not count; from round to
    round the other side begins.

    :return: samples of ours and of the peer, round by round.
    """
    sides: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        order = (0, 1) if turn % 2 else (1, 0)
        for side in order:
            sides[side].append((ours, peer)[side]())
    return sides[0][1:], sides[1][1:]
