"""The rules, in the order in which they are asked.

Each says where it comes from: a law, an operator's terms, or good manners.
"""

from datetime import datetime

from .base import ALLOW, Decision, Facts, Rule, Verdict
from .consent import Consent
from .number import PhoneProblem
from .reasons import Reason
from .sender_health import Pattern

_NUMBER_REASONS = {
    PhoneProblem.MISSING: Reason.NUMBER_MISSING,
    PhoneProblem.INVALID: Reason.NUMBER_INVALID,
    PhoneProblem.TWO_NUMBERS: Reason.NUMBER_TWO,
    PhoneProblem.NO_COUNTRY: Reason.NUMBER_NO_COUNTRY,
    PhoneProblem.LANDLINE: Reason.NUMBER_LANDLINE,
    PhoneProblem.SPECIAL: Reason.NUMBER_SPECIAL,
}

#: Why a will that is no consent is none.
_CONSENT_REASONS = {
    Consent.NONE: Reason.NO_CONSENT,
    Consent.PENDING: Reason.CONSENT_PENDING,
    Consent.EXPIRED: Reason.CONSENT_EXPIRED,
}

#: What its reader waits for right now, or what the law wants said at once.
_ASKED_FOR = frozenset(("otp", "notice", "test"))
#: What is sent even to those who refused a kind of message.
_NEVER_REFUSED = frozenset(("otp", "notice"))


def _deny(reason: Reason) -> Decision:
    return Decision(Verdict.DENY, reason)


class PreparedRule:
    """Respects a refusal spoken by whoever prepared the message.

    Source: Odoo drops recipients while it prepares a sending (a list's opt-out, a
    recipient twice); here they are kept and say why.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny with the given reason, if there is one."""
        return _deny(facts.refused) if facts.refused else ALLOW


class NumberRule:
    """Refuses what is not one textable number, or costs out of the ordinary.

    Source: usage. Premium and satellite numbers are how SMS fraud earns its money.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny with the reason that fits the problem."""
        problem = facts.number_problem
        return _deny(_NUMBER_REASONS[problem]) if problem else ALLOW


class DestinationRule:
    """Texts only the countries that the company named.

    Source: usage. Every platform advises it against traffic pumping; and each country
    has laws of its own, which nobody read for a country that nobody named.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny numbers of all other countries, whatever the purpose."""
        return _deny(Reason.DESTINATION) if facts.destination_closed else ALLOW


class ReachRule:
    """Pays for nothing that cannot arrive.

    Source: usage. Operators lower the standing of a sender that goes on texting numbers
    which do not exist, and every attempt costs money. A code is no exception: who waits
    for it has to give another number.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny everything to a number that is marked."""
        return _deny(Reason.UNREACHABLE) if facts.unreachable else ALLOW


class ContentRule:
    """Refuses an empty text and one that needs more parts than allowed.

    Source: the platform refuses both, and charges every part.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny empty or over-long texts."""
        if not facts.text.strip():
            return _deny(Reason.TEXT_EMPTY)
        if facts.segments > facts.max_segments:
            return _deny(Reason.TEXT_TOO_LONG)
        return ALLOW


class SuppressionRule:
    """A suppressed number gets nothing but the one notice that confirms it.

    Source: 47 CFR 64.1200(a)(10) to (12) in the United States, GDPR article 21(3) in
    the European Union, and the terms of every operator. A code that its reader asked
    for after the STOP is a message of its own, which the company may let pass.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny everything but ``notice``, and an ``otp`` that was asked for."""
        if not facts.suppressed or facts.purpose == "notice":
            return ALLOW
        if facts.purpose == "otp" and facts.code_passes_stop:
            return ALLOW
        return _deny(Reason.SUPPRESSED)


class ConsentRule:
    """A kind of message that was refused is not sent; marketing needs a yes first.

    Source: article 13 of directive 2002/58/EC and its national laws, 47 USC 227 in the
    United States, CASL section 6 in Canada, the Spam Act 2003 in Australia, TRAI's
    TCCCPR 2018 in India. Where the burden of proof is the sender's, a consent without
    a proof is none. A test needs no yes, but a mailing that somebody refused does not
    reach them as a test either.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny a refused kind; deny without consent where that is needed."""
        will = facts.consent
        if will is Consent.GRANTED or facts.purpose in _NEVER_REFUSED:
            return ALLOW
        if will is Consent.REFUSED:
            return _deny(Reason.SCOPE_REFUSED)
        if not facts.consent_needed or facts.purpose != "marketing":
            return ALLOW
        if will is Consent.UNPROVEN:
            return _deny(Reason.CONSENT_UNPROVEN) if facts.proof_needed else ALLOW
        return _deny(_CONSENT_REASONS[will])


class SenderRule:
    """A text needs a sender that is for its kind and may be used in its country.

    Source: the terms of the networks, as :mod:`.sender_countries` lists them, and what
    the company's own senders are for. What the recipient said comes first: a number
    that refused texts is not told to lack a sender.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny what nobody may send."""
        return _deny(Reason.NO_SENDER) if facts.no_sender else ALLOW


class RepeatedRule:
    """Says nothing twice.

    Source: usage. An automation that fires again, or a campaign started twice, is how
    most people come to answer STOP. A text is refused, not delayed: tomorrow it would
    be no news either.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Deny the same text to the same number within the window."""
        until = facts.repeated_until
        if until and now < until and Reason.REPEATED not in facts.released:
            return _deny(Reason.REPEATED)
        return ALLOW


class ApprovalRule:
    """A second person looks at what reaches very many, or comes from one hand.

    Source: usage; the four eyes that every bank asks for before a large transfer.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold without an end until somebody lifts it."""
        reason = facts.approval
        if reason and reason not in facts.released:
            return Decision(Verdict.HOLD, reason)
        return ALLOW


class InboundPendingRule:
    """Waits while a reply from this number is unread: it may be a STOP.

    Source: the laws behind :class:`SuppressionRule`; a refusal holds from the moment
    in which it arrives.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold for the moment it takes to read the reply."""
        until = facts.inbound_pending_until
        if until and now < until:
            return Decision(Verdict.HOLD, Reason.INBOUND_PENDING, until)
        return ALLOW


class TestModeRule:
    """In test mode only the listed numbers are texted; the rest waits for a person.

    Source: usage. A copy of a company's data must not text its customers.
    """

    __test__ = False  # a rule about tests, not a test case

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold without an end."""
        if facts.outside_test_list:
            return Decision(Verdict.HOLD, Reason.TEST_MODE)
        return ALLOW


class CampaignPauseRule:
    """A mailing that somebody paused stands still until somebody resumes it.

    Source: usage. Who finds a mistake in a text that is going out wants it to stop.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold without an end."""
        if facts.campaign_paused:
            return Decision(Verdict.HOLD, Reason.CAMPAIGN_PAUSED)
        return ALLOW


class SenderPauseRule:
    """What a resting sender would carry waits for it, or for another sender.

    Source: usage. Whoever goes on through an operator's filter loses the sender for
    good. What its reader asked for is not kept waiting by a filter, which lets most
    texts pass; a sender that is not registered or was paused by a person sends nothing.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold without an end: the end of the pause releases it."""
        pause = facts.sender_pause
        if not pause:
            return ALLOW
        if pause == Pattern.FILTERED.value and facts.purpose in _ASKED_FOR:
            return ALLOW
        return Decision(Verdict.HOLD, Reason.SENDER_PAUSED)


class QuietHoursRule:
    """Marketing waits for an hour that is allowed wherever its reader may be.

    Source: 47 CFR 64.1200(c)(1) and stricter laws of states as Florida and Texas, the
    charter of the French operators, TRAI's time bands in India, the law on networks in
    South Korea; the records of the law name the source of each window.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold until the next open hour; without an end where there is none."""
        hours = facts.hours
        if hours is None or facts.purpose != "marketing" or hours.is_open(now):
            return ALLOW
        if Reason.QUIET_HOURS in facts.released:
            return ALLOW
        until = hours.next_open(now)
        if until is not None:
            return Decision(Verdict.HOLD, Reason.QUIET_HOURS, until)
        if Reason.NO_COMMON_HOUR in facts.released:
            return ALLOW
        return Decision(Verdict.HOLD, Reason.NO_COMMON_HOUR)


class CapRule:
    """Nobody gets more texts than agreed, over all that the company sends.

    Source: Florida and Oklahoma allow three about one subject in 24 hours; elsewhere
    good manners, and the frequency that a sender promised when it asked for consent.
    """

    def evaluate(self, facts: Facts, now: datetime) -> Decision:
        """Hold until every rolling window has room, at an hour that is allowed.

        Who lifted quiet hours lifted them for the moment, not for whenever there is
        room again.
        """
        caps = facts.caps
        if not caps or facts.purpose in _ASKED_FOR or Reason.CAP in facts.released:
            return ALLOW
        until = now
        for cap in caps:
            free = cap.frees_at(now)
            if free is None:
                return Decision(Verdict.HOLD, Reason.CAP)
            until = max(until, free)
        if until <= now:
            return ALLOW
        if facts.hours is not None and facts.purpose == "marketing":
            until = facts.hours.next_open(until) or until
        return Decision(Verdict.HOLD, Reason.CAP, until)


RULES: tuple[Rule, ...] = (
    PreparedRule(),
    NumberRule(),
    DestinationRule(),
    ReachRule(),
    ContentRule(),
    SuppressionRule(),
    ConsentRule(),
    SenderRule(),
    RepeatedRule(),
    ApprovalRule(),
    InboundPendingRule(),
    TestModeRule(),
    CampaignPauseRule(),
    SenderPauseRule(),
    QuietHoursRule(),
    CapRule(),
)
