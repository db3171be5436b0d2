"""What a scenario found, and how it is told to people and to programs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

#: With no failure in N trials, the rate of failures is below 3/N with 95 % confidence.
RULE_OF_THREE = 3.0


@dataclass(frozen=True)
class Result:
    """The outcome of one scenario.

    :param trials: how often the fault happened.
    :param unit: what a trial is: ``kills``, ``texts``, ``calls``.
    :param lost: texts that vanished, got stuck, or are denied although accepted.
    :param duplicated: acceptances beyond the first of a text.
    :param unknown: texts whose row says that nobody knows.
    :param recovered: seconds until nothing moved any more, the worst of all trials.
    :param note: more figures, in words.
    :param breaches: what should not have been; empty when the promise was kept.
    :param judged: whether breaches count; those of somebody else's code do not.
    """

    scenario: str
    trials: int
    unit: str
    lost: int = 0
    duplicated: int = 0
    unknown: int = 0
    recovered: float | None = None
    note: str = ""
    breaches: tuple[str, ...] = ()
    seeds: tuple[int, ...] = ()
    judged: bool = True

    @property
    def kept(self) -> bool:
        """Whether the promise was kept, or was not ours to keep."""
        return not self.breaches or not self.judged

    @property
    def bound(self) -> float | None:
        """The share of trials that may fail, with 95 % confidence; none if one did."""
        if not self.trials or self.lost or self.duplicated:
            return None
        return min(1.0, RULE_OF_THREE / self.trials)

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return {**asdict(self), "kept": self.kept, "bound": self.bound}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Result:
        """Return the result that was written as JSON values."""
        fields = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name in cls.__dataclass_fields__
        }
        return cls(**fields)


def percent(share: float | None) -> str:
    """Write a share for people, rounded up: it is a bound."""
    if share is None:
        return "-"
    digits = 0 if share >= 0.1 else 1 if share >= 0.01 else 2
    return f"{math.ceil(share * 100 * 10**digits) / 10**digits:.{digits}f} %"


def seconds(value: float | None) -> str:
    """Write a duration for people."""
    return (
        "-" if value is None else f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"
    )


def cells(result: Result) -> list[str]:
    """Return a result as the cells of a table."""
    return [
        result.scenario.replace("_", " "),
        f"{result.trials:,} {result.unit}",
        f"{result.lost}",
        f"{result.duplicated}",
        f"{result.unknown}",
        seconds(result.recovered),
        percent(result.bound),
        result.note,
    ]


HEADINGS = (
    *("scenario", "N", "lost", "duplicated", "unknown", "recovered in"),
    *("95 % bound", "more"),
)


def line(result: Result) -> str:
    """Write a result as a line for people."""
    mark = "✓" if result.kept else "✗"
    name, trials, lost, twice, unknown, recovered, bound, note = cells(result)
    words = (
        f"{mark} {name}: {trials}, {lost} lost, {twice} duplicated, {unknown} unknown"
    )
    if result.recovered is not None:
        words += f", recovered in {recovered}"
    if result.bound is not None:
        words += f", 95 % bound {bound}"
    if note:
        words += f"; {note}"
    if result.seeds:
        words += f"; seeds {_ranges(result.seeds)}"
    return words


def table(results: list[Result]) -> str:
    """Return the results as a table of plain text with even columns."""
    rows = [list(HEADINGS), *map(cells, results)]
    widths = [max(len(row[turn]) for row in rows) for turn in range(len(HEADINGS) - 1)]
    return "\n".join(
        "  ".join(
            [
                *(cell.ljust(width) for cell, width in zip(row, widths, strict=False)),
                row[-1],
            ]
        ).rstrip()
        for row in rows
    )


def _ranges(numbers: tuple[int, ...]) -> str:
    """Write consecutive numbers as a range."""
    first, last = min(numbers), max(numbers)
    if len(numbers) > 1 and sorted(numbers) == list(range(first, last + 1)):
        return f"{first}-{last}"
    return ", ".join(map(str, numbers))
