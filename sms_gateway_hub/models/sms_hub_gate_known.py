"""What was gathered about a batch of messages, and the facts of each one from it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from ..policy import (
    Consent,
    Facts,
    Reason,
    canonical,
    classify_number,
    country_of,
)

_E164 = re.compile(r"\+[1-9]\d{6,14}")
#: A reply is applied within this time; until then its sender's messages wait.
_INBOUND_PATIENCE = timedelta(seconds=5)
#: Purposes about which a person has a will → the scope of that will. A test shows
#: somebody a mailing, which is marketing.
SCOPE_OF_PURPOSE = {
    "marketing": "marketing",
    "transactional": "transactional",
    "test": "marketing",
}
#: Where the sender bears the burden of proof and damages go by the text: the United
#: States with their territories (47 USC 227 and 153(58), 47 CFR 64.1200(f)(9)).
_PROOF_NEEDED = frozenset(("US", "PR", "VI", "GU", "AS", "MP"))


class Limits(NamedTuple):
    """What a gateway is set to.

    :param test_digits: the only numbers that are texted in test mode; ``None`` outside
    """

    max_segments: int
    test_digits: frozenset | None


class Settings(NamedTuple):
    """What the company of a batch and its gateways are set to.

    :param countries: codes of the countries that are texted
    :param limits: ``{gateway id: Limits}``; that of ``None`` is for messages that name
        no gateway
    """

    countries: frozenset
    consent_needed: bool
    codes_pass_stop: bool
    approval_above: int
    approval_parts: int
    limits: dict


@dataclass
class Known:
    """What is known about a batch.

    :param suppressed: canonical numbers that refused everything
    :param unread: canonical numbers with a reply that is not applied yet
    :param wills: ``{canonical number: {scope code: state}}``
    :param left: (mailing id, contact id) of those who left all lists of a mailing
    :param topics: ``{scope id: (code, purpose)}``
    :param hours: for each message the hours and how their zones were found, or ``None``
    :param recent: :class:`RecentTexts`
    :param misfits: tells of a message whether its sender may not carry it
    :param pauses: :class:`OpenPauses` of senders
    :param unreachable: canonical numbers that cannot receive texts
    :param paused_mailings: ids of mailings that somebody paused
    """

    settings: Settings
    suppressed: set
    unread: set
    wills: dict
    left: set
    topics: dict
    hours: list
    recent: object
    misfits: Callable[[dict], bool]
    pauses: object
    unreachable: set
    paused_mailings: set
    _described: dict = field(default_factory=dict)

    def facts(self, item, hours, at):
        """Return the facts about one message.

        :param hours: its entry in ``hours``
        :param at: the instant in question, aware UTC
        """
        typed = item["number"] or ""
        number, settings = canonical(typed), self.settings
        country = country_of(typed)
        _scope, will = self._will(item)
        limits = settings.limits[item.get("gateway_id")]
        return Facts(
            purpose=item["purpose"],
            text=item["body"] or "",
            segments=item["segments"],
            max_segments=limits.max_segments,
            number_problem=classify_number(
                typed,
                typed if is_phone(typed) else "",
                item.get("has_country", True),
            ),
            suppressed=number in self.suppressed,
            inbound_pending_until=(
                at + _INBOUND_PATIENCE if number in self.unread else None
            ),
            outside_test_list=(
                limits.test_digits is not None
                and typed.lstrip("+") not in limits.test_digits
            ),
            expires_at=aware(item.get("expires_at")),
            refused=self._refused(item),
            destination_closed=country not in settings.countries,
            no_sender=bool(item.get("no_sender")) or self.misfits(item),
            sender_pause=self.pauses.kind_for(
                item.get("sender_id"), country, item.get("id")
            ),
            unreachable=number in self.unreachable,
            campaign_paused=(
                item.get("mailing_id") in self.paused_mailings
                and item["purpose"] != "test"
            ),
            code_passes_stop=settings.codes_pass_stop,
            consent=will.value if will else Consent.NONE,
            consent_needed=settings.consent_needed and item["purpose"] == "marketing",
            proof_needed=country in _PROOF_NEEDED,
            repeated_until=self.recent.repeated_until(item),
            hours=hours and hours[0],
            caps=self.recent.uses(item, at),
            approval=self._approval(item),
            released=_released(item),
        )

    def _refused(self, item):
        """Return the refusal that was spoken before any rule is asked, or ``None``."""
        if item.get("refused"):
            return Reason(item["refused"])
        # only mailings to lists occur there, whose records are contacts
        pair = item.get("mailing_id"), item.get("res_id")
        return Reason.OPTED_OUT if pair in self.left else None

    def _will(self, item):
        """Return what is known about the recipient's will, and for which scope.

        A refusal counts, however wide it is; otherwise the narrowest answer does. Who
        agreed to a topic of another purpose did not agree to this one.

        :return: ``(scope code, state)``, or two ``None``
        """
        states = self.wills and self.wills.get(canonical(item["number"] or ""))
        wide = SCOPE_OF_PURPOSE.get(item["purpose"])
        if not states or not wide:
            return None, None
        topic, purpose = self.topics.get(item.get("scope_id"), (None, None))
        found = None, None
        for scope in (topic if purpose == wide else None, wide, "all"):
            state = states.get(scope)
            if state is None or state.value is Consent.NONE:
                continue
            if state.value is Consent.REFUSED:
                return scope, state
            if found[0] is None:
                found = scope, state
        return found

    def _approval(self, item):
        """Return why a second person has to agree first, or ``None``.

        Two reasons may hold one message: the first one that nobody lifted counts.
        """
        settings = self.settings
        large = 0 < settings.approval_above < (item.get("batch_size") or 0)
        long = 0 < settings.approval_parts < (item.get("batch_parts") or 0)
        if (large or long) and Reason.APPROVAL not in _released(item):
            return Reason.APPROVAL
        return Reason.USER_LIMIT if item.get("over_limit") else None

    def evidence(self, item, facts, hours, at):
        """Return as JSON values what an answer rests on.

        ``None`` where nothing was looked up but the number: most transactional texts
        cost nothing here.
        """
        evidence = {}
        if facts.no_sender:
            evidence["no_sender"] = item.get("no_sender") or "gone"
        scope, will = self._will(item)
        if will or facts.consent_needed:
            evidence["consent"] = {
                "state": facts.consent.value,
                "scope": scope,
                "since": will and will.since.isoformat(" ", "seconds"),
                "source": will and will.source,
            }
        if hours:
            evidence["hours"] = {**self._hours_in_words(hours[0], at), "step": hours[1]}
        if facts.caps:
            evidence["caps"] = [_cap_in_words(cap, at) for cap in facts.caps]
        if not evidence:
            return None
        return {"decided_at": at.isoformat(" ", "seconds"), **evidence}

    def _hours_in_words(self, hours, at):
        """Describe hours once for all recipients that share them and the minute."""
        key = id(hours), at.replace(second=0, microsecond=0)
        if key not in self._described:
            self._described[key] = hours.describe(at)
        return self._described[key]


def _cap_in_words(cap, at):
    return {
        "limit": cap.limit,
        "hours": cap.period // timedelta(hours=1),
        "used": sum(moment > at - cap.period for moment in cap.times),
    }


def _released(item):
    """Return the reasons that a manager lifted for a message."""
    codes = item.get("released_reasons")
    return frozenset(map(Reason, codes.split(","))) if codes else frozenset()


def is_phone(number: str | None) -> bool:
    """Tell whether this is a number as the ledger writes it: ``+<country><number>``."""
    return bool(_E164.fullmatch(number or ""))


def aware(moment: datetime | None) -> datetime | None:
    """Return a moment as Odoo stores it (naive UTC) as an instant, or ``None``."""
    return moment.replace(tzinfo=timezone.utc) if moment else None


def naive(moment: datetime | None) -> datetime | None:
    """Return an aware instant as Odoo stores it, or ``None``."""
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None)


def due(moment: datetime | None) -> datetime | None:
    """Return the first whole second that is not before an instant, as Odoo stores it.

    Odoo keeps seconds; cut off, a hold would end a moment too early.
    """
    if not moment:
        return None
    return naive(moment + timedelta(microseconds=-moment.microsecond % 1_000_000))
