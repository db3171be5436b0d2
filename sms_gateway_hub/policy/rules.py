"""The rules, in the order in which they are asked."""

from datetime import datetime

from .base import ALLOW, Decision, Facts, Rule, Verdict
from .number import PhoneProblem
from .reasons import Reason

_NUMBER_REASONS = {
    PhoneProblem.MISSING: Reason.NUMBER_MISSING,
    PhoneProblem.INVALID: Reason.NUMBER_INVALID,
    PhoneProblem.TWO_NUMBERS: Reason.NUMBER_TWO,
    PhoneProblem.NO_COUNTRY: Reason.NUMBER_NO_COUNTRY,
    PhoneProblem.LANDLINE: Reason.NUMBER_LANDLINE,
}


def _deny(reason: Reason) -> Decision:
    return Decision(Verdict.DENY, reason)


class PreparedRule:
    """Respects a refusal spoken by whoever prepared the message."""

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny with the given reason, if there is one."""
        return _deny(facts.refused) if facts.refused else ALLOW


class NumberRule:
    """Refuses what is not one textable number."""

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny with the reason that fits the problem."""
        problem = facts.number_problem
        return _deny(_NUMBER_REASONS[problem]) if problem else ALLOW


class ContentRule:
    """Refuses an empty text and one that needs more parts than allowed."""

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny empty or over-long texts."""
        if not facts.text.strip():
            return _deny(Reason.TEXT_EMPTY)
        if facts.segments > facts.max_segments:
            return _deny(Reason.TEXT_TOO_LONG)
        return ALLOW


class SuppressionRule:
    """A suppressed number gets nothing but the one notice that confirms it."""

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny everything but ``notice`` to a suppressed number."""
        if facts.suppressed and facts.purpose != "notice":
            return _deny(Reason.SUPPRESSED)
        return ALLOW


class InboundPendingRule:
    """Waits while a reply from this number is unread: it may be a STOP."""

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold for the moment it takes to read the reply."""
        until = facts.inbound_pending_until
        if until and now < until:
            return Decision(Verdict.HOLD, Reason.INBOUND_PENDING, until)
        return ALLOW


class TestModeRule:
    """In test mode only the listed numbers are texted; the rest waits for a person."""

    __test__ = False  # a rule about tests, not a test case

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold without an end."""
        if facts.outside_test_list:
            return Decision(Verdict.HOLD, Reason.TEST_MODE)
        return ALLOW


RULES: tuple[Rule, ...] = (
    PreparedRule(),
    NumberRule(),
    ContentRule(),
    SuppressionRule(),
    InboundPendingRule(),
    TestModeRule(),
)
