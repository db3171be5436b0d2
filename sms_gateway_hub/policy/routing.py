"""Which sender a message leaves from.

The order is: what somebody chose, the sender of this conversation, the senders made for
the country, and those for everywhere. Within each step the priority decides, and at
equal priority the older sender, so that equal facts always get the same answer.

Nobody gets past three limits, not even an explicit choice: what a sender is for, where
it may be used, and what the destination lets through.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from .labels import name_is_fit
from .sender_countries import Kind, passes, replies_arrive

#: Stands for the account itself where a gateway has no sender of its own.
NO_SENDER_ID = 0


class RouteReason(str, Enum):
    """Why this sender. Codes are stored; never rename."""

    #: somebody chose it for this message
    EXPLICIT = "explicit"
    #: the conversation with this number goes through it
    STICKY = "sticky"
    #: it is made for the country
    RULE = "rule"
    #: it is the first of those for every country
    DEFAULT = "default"
    #: another one could not do it
    FALLBACK = "fallback"


class Missing(str, Enum):
    """Why there is no sender."""

    #: the company has none at all
    NONE = "none"
    #: the one that was chosen may not be used for this message
    CHOSEN = "chosen"
    #: none of them is for this kind of message
    PURPOSE = "purpose"
    #: none of them may be used in the country
    COUNTRY = "country"
    #: those that could do it are paused, or were tried before
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sender that may be chosen.

    :param sender_id: :data:`NO_SENDER_ID` for the account itself
    :param name: what recipients see; empty for the account itself
    :param kind: ``None`` for the account itself
    :param countries: two-letter codes; empty for everywhere
    :param purposes: the purposes of messages that it may carry
    :param one_way: it takes no answers
    :param registered: its registration was granted
    :param waits: its gateway is paused by a person or in test mode, so what it carries
        waits
    :param stop_text: the way out that a country wants in its marketing
    """

    sender_id: int
    gateway_id: int
    name: str = ""
    kind: Kind | None = None
    countries: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    one_way: bool = False
    registered: bool = False
    waits: bool = False
    stop_text: str = ""

    def takes_replies(self, country: str) -> bool:
        """Tell whether somebody in this country can answer it."""
        return not self.one_way and replies_arrive(country)


@dataclass(frozen=True, slots=True)
class RouteFacts:
    """What is known about a message that needs a sender.

    :param country: two letters of the number's country; empty where it has none
    :param explicit: the sender that somebody chose, by id; ``None`` without a choice
    :param last: the sender of this conversation, by id
    :param reply_expected: an answer is expected, so one that takes answers is better
    :param excluded: senders that may not be chosen, by id
    """

    purpose: str
    country: str = ""
    explicit: int | None = None
    last: int | None = None
    reply_expected: bool = False
    excluded: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """The sender that was chosen, and why."""

    candidate: Candidate
    reason: RouteReason

    @property
    def sender_id(self) -> int:
        """Return the sender by its id."""
        return self.candidate.sender_id

    @property
    def gateway_id(self) -> int:
        """Return the gateway through which it sends, by its id."""
        return self.candidate.gateway_id


@dataclass(frozen=True, slots=True)
class NoRoute:
    """No sender may carry the message, and why."""

    reason: Missing


def choose(candidates: Sequence[Candidate], facts: RouteFacts) -> Route | NoRoute:
    """Choose the sender of a message.

    :param candidates: in the order of their priority, the preferred first
    """
    usable = [one for one in candidates if _problem(one, facts) is None]
    if facts.explicit is not None:
        for one in usable:
            if one.sender_id == facts.explicit:
                return Route(one, RouteReason.EXPLICIT)
        return NoRoute(Missing.CHOSEN)
    if not usable:
        return NoRoute(why_none(candidates, facts))
    # what a person paused or tries out is better avoided than waited for
    usable = _prefer(usable, lambda one: not one.waits)
    if facts.reply_expected:
        usable = _prefer(usable, lambda one: one.takes_replies(facts.country))
    usable = _prefer(
        usable, lambda one: name_is_fit(one.name, facts.country, facts.purpose)
    )
    for one in usable:
        if one.sender_id == facts.last:
            return Route(one, RouteReason.STICKY)
    for one in usable:
        if facts.country in one.countries:
            return Route(one, RouteReason.RULE)
    return Route(usable[0], RouteReason.DEFAULT)


def _prefer(
    candidates: list[Candidate], fits: Callable[[Candidate], bool]
) -> list[Candidate]:
    """Return those that fit, or all of them where none does."""
    return [one for one in candidates if fits(one)] or candidates


def usable_for(
    candidates: Iterable[Candidate], facts: RouteFacts
) -> tuple[Candidate, ...]:
    """Return the senders that may carry such a message, in the order given."""
    return tuple(one for one in candidates if _problem(one, facts) is None)


def why_none(candidates: Sequence[Candidate], facts: RouteFacts) -> Missing:
    """Return what stands in the way of the senders; the last obstacle of all counts."""
    problems = {_problem(one, facts) for one in candidates}
    for problem in (Missing.BUSY, Missing.COUNTRY, Missing.PURPOSE):
        if problem in problems:
            return problem
    return Missing.NONE


def _problem(one: Candidate, facts: RouteFacts) -> Missing | None:
    """Return why a sender may not carry the message, or ``None``."""
    if facts.purpose not in one.purposes:
        return Missing.PURPOSE
    # a number of no country is refused by the gate, in better words
    if facts.country and not _may_text(one, facts.country):
        return Missing.COUNTRY
    return Missing.BUSY if one.sender_id in facts.excluded else None


def _may_text(one: Candidate, country: str) -> bool:
    if one.countries and country not in one.countries:
        return False
    return passes(country, one.kind, one.registered)
