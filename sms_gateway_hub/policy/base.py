"""The shape of a decision, of the facts it rests on, and of a rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from .caps import CapUse
from .consent import Consent
from .hours import Hours
from .number import PhoneProblem
from .reasons import Reason

#: A hold is looked at again at its own end; more rounds than this means two rules
#: push each other on for ever, and the message waits for a person instead.
MAX_ROUNDS = 16


class Verdict(str, Enum):
    """The three answers of the gate."""

    ALLOW = "allow"
    HOLD = "hold"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says.

    :param until: for a hold, the first instant (aware UTC) worth asking again;
        ``None`` means that only a person's change can release it
    """

    verdict: Verdict
    reason: Reason | None = None
    until: datetime | None = None


ALLOW = Decision(Verdict.ALLOW)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the rules may know about one message. Instants are aware UTC."""

    purpose: str
    text: str
    segments: int
    max_segments: int
    number_problem: PhoneProblem | None = None
    suppressed: bool = False
    inbound_pending_until: datetime | None = None
    outside_test_list: bool = False
    expires_at: datetime | None = None
    #: a refusal already spoken by whoever prepared the message
    refused: Reason | None = None
    #: the country of the number is one that the company does not text
    destination_closed: bool = False
    #: none of the company's senders may carry the message
    no_sender: bool = False
    #: why its sender rests for the country; empty if it does not
    sender_pause: str = ""
    #: texts to the number failed for good before
    unreachable: bool = False
    #: somebody paused the mailing
    campaign_paused: bool = False
    #: a verification code that its reader asked for passes a STOP
    code_passes_stop: bool = False
    #: what is known about the recipient's will for this kind of message
    consent: Consent = Consent.NONE
    #: silence is no consent for this kind of message
    consent_needed: bool = False
    #: the destination accepts only consent with a proof
    proof_needed: bool = False
    #: until when the same text to the same number is a repetition
    repeated_until: datetime | None = None
    #: the hours in which the recipient may be texted; ``None`` where none apply
    hours: Hours | None = None
    #: how often the recipient was texted already, cap by cap
    caps: tuple[CapUse, ...] = ()
    #: a second person has to agree first, and why
    approval: Reason | None = None
    #: holds that a manager lifted for this message, by name and with a reason
    released: frozenset[Reason] = frozenset()


class Rule(Protocol):
    """One reason to hold or refuse; a small object without state."""

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Answer for these facts at this instant."""


def decide(rules: Sequence[Rule], facts: Facts, now: datetime) -> Decision:
    """Ask every rule, and follow a hold to the first instant that all rules allow.

    A refusal wins over a hold. A hold is asked again at its own end, because another
    rule may forbid that instant; the answer names the first rule that held. What would
    leave after its expiry is refused as expired.

    :param now: aware UTC
    :return: ALLOW, HOLD with the instant from which every rule allows, or DENY
    """
    held: Decision | None = None
    at = now
    for _round in range(MAX_ROUNDS):
        if facts.expires_at and at >= facts.expires_at:
            return Decision(Verdict.DENY, Reason.EXPIRED)
        answer = _ask_all(rules, facts, at)
        if answer.verdict is Verdict.DENY:
            return answer
        if answer.verdict is Verdict.ALLOW:
            return Decision(Verdict.HOLD, held.reason, at) if held else ALLOW
        held = held or answer
        if answer.until is None:
            return Decision(Verdict.HOLD, held.reason)
        at = answer.until
    return Decision(Verdict.HOLD, held.reason)


def _ask_all(rules: Sequence[Rule], facts: Facts, at: datetime) -> Decision:
    """First refusal, else the hold that ends last (an open end last of all)."""
    held = ALLOW
    for rule in rules:
        answer = rule.evaluate(facts, at)
        if answer.verdict is Verdict.DENY:
            return answer
        if answer.verdict is Verdict.HOLD and _ends_later(answer, held):
            held = answer
    return held


def _ends_later(one: Decision, other: Decision) -> bool:
    if other.verdict is Verdict.ALLOW or one.until is None:
        return True
    return other.until is not None and one.until > other.until
