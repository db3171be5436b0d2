"""Rules that make the platform misbehave: by number, text, sender or request."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Faults after which nothing was accepted. ``reject:<code>`` is one of them.
BEFORE_ACCEPTING = frozenset(
    {
        "http_429",
        "http_503",
        "http_500_not_accepted",
        "html_not_accepted",
        "reset_before_accept",
    }
)
#: Faults in the answer to a request that was accepted.
AFTER_ACCEPTING = frozenset(
    {
        "accept_then_500",
        "accept_then_502",
        "accept_then_reset",
        "accept_then_timeout",
        "accept_truncated_json",
        "accept_html",
        "missing_entry",
        "unpadded_code",
        "null_fields",
        "duplicate_entry",
        "push_before_answer",
        "drip",
    }
)
#: Faults of one message's later report; ``report:<word>`` is the other.
NO_REPORT = "no_report"

#: Number and text of a message.
Message = tuple[str, str]

_MATCHERS = frozenset(
    {"number_suffix", "text_contains", "sender", "request_no", "every"}
    | {"probability", "seed"}
)

#: Every reply kind that leaves the queue running, by the last two digits of a number.
#: What a platform says of the account as a whole is not here, since it stops a queue.
#: The kinds that ask for another try are met once per number.
MIXED: tuple[dict[str, Any], ...] = tuple(
    {"match": {"number_suffix": f"{ending:02d}"}, "fault": fault, **more}
    for ending, (fault, more) in enumerate(
        (
            ("reject:013", {}),
            ("reject:024", {}),
            ("reject:015", {}),
            ("http_429", {"times_per_number": 1}),
            ("http_503", {"times_per_number": 1}),
            ("http_500_not_accepted", {}),
            ("accept_then_500", {}),
            ("accept_then_502", {}),
            ("accept_then_reset", {}),
            ("accept_truncated_json", {}),
            ("accept_html", {}),
            ("html_not_accepted", {}),
            ("reset_before_accept", {}),
            ("missing_entry", {}),
            ("unpadded_code", {}),
            ("null_fields", {}),
            ("duplicate_entry", {}),
            ("push_before_answer", {}),
            ("report:Undelivered", {}),
            ("report:Expired", {}),
            (NO_REPORT, {}),
            ("drip", {}),
            ("reject:027", {}),
            ("reject:006", {}),
            ("report:Blocked by DND filter", {}),
            ("report:Teleported", {}),
            ("accept_then_timeout", {}),
        ),
        start=1,
    )
)


class FaultError(ValueError):
    """A rule that cannot be followed."""


@dataclass
class Rule:
    """One rule and how often it was followed.

    :param times: requests it is good for; None for all.
    :param times_per_number: the same, counted for each number of its own.
    """

    fault: str
    match: dict[str, Any]
    times: int | None = None
    times_per_number: int | None = None
    _used: int = 0
    _used_by_number: Counter[str] = field(default_factory=Counter)
    _random: random.Random = field(default_factory=random.Random)

    @classmethod
    def parse(cls, raw: dict[str, Any]) -> Rule:
        """Return the rule a JSON object describes.

        :raises FaultError: when it names a fault or a condition that does not exist.
        """
        fault, match = str(raw.get("fault", "")), dict(raw.get("match") or {})
        known = BEFORE_ACCEPTING | AFTER_ACCEPTING | {NO_REPORT}
        if fault not in known and not fault.startswith(("reject:", "report:")):
            raise FaultError(f"There is no fault {fault!r}.")
        if unknown := set(match) - _MATCHERS:
            raise FaultError(f"There is no condition {', '.join(sorted(unknown))}.")
        rule = cls(fault, match, raw.get("times"), raw.get("times_per_number"))
        rule._random.seed(match.get("seed", 0))
        return rule

    def take(
        self, request_no: int, messages: Sequence[Message], sender: str = ""
    ) -> frozenset[int]:
        """Return the positions of the messages the rule holds for, and count that."""
        if not self._holds_for(request_no, sender):
            return frozenset()
        if self.times is not None and self._used >= self.times:
            return frozenset()
        limit = self.times_per_number
        hit = [
            (position, number)
            for position, (number, text) in enumerate(messages)
            if number.endswith(str(self.match.get("number_suffix", "")))
            and self.match.get("text_contains", "") in text
            and (limit is None or self._used_by_number[number] < limit)
        ]
        self._used += bool(hit)
        self._used_by_number.update(number for _position, number in hit)
        return frozenset(position for position, _number in hit)

    def _holds_for(self, request_no: int, sender: str) -> bool:
        """Say whether the conditions on the request as a whole are met."""
        match = self.match
        return (
            match.get("request_no", request_no) == request_no
            and match.get("sender", sender) == sender
            and request_no % match.get("every", 1) == 0
            and self._random.random() < match.get("probability", 1)
        )


@dataclass(frozen=True)
class Verdict:
    """What befalls a request.

    :param fault: of the request as a whole, empty for none.
    :param hit: positions of the messages that fault was meant for.
    :param reports: position to the word of its report, None for no report.
    """

    fault: str
    hit: frozenset[int]
    reports: dict[int, str | None]


class Rulebook:
    """The rules in force; safe to use and to change from several threads."""

    def __init__(self, rules: Iterable[dict[str, Any]] = ()) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self.replace(rules)

    def replace(self, rules: Iterable[dict[str, Any]]) -> None:
        """Put other rules in force."""
        parsed = [Rule.parse(raw) for raw in rules]
        with self._lock:
            self._rules = parsed

    def judge(
        self, request_no: int, messages: Sequence[Message], sender: str = ""
    ) -> Verdict:
        """Return what befalls a request; of several faults the first rule's counts."""
        fault, hit, reports = "", frozenset[int](), {}
        with self._lock:
            for rule in self._rules:
                if fault and not _is_about_report(rule.fault):
                    continue
                taken = rule.take(request_no, messages, sender)
                if _is_about_report(rule.fault):
                    word = rule.fault.partition(":")[2] or None
                    reports.update(dict.fromkeys(taken - reports.keys(), word))
                elif taken:
                    fault, hit = rule.fault, taken
        return Verdict(fault, hit, reports)


def _is_about_report(fault: str) -> bool:
    """Say whether a fault shows only in later reports."""
    return fault == NO_REPORT or fault.startswith("report:")
