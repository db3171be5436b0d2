from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..gateway.segments import count_segments
from ..policy import RULES, Decision, Facts, Reason, Verdict, decide
from .sms_hub_gate_known import aware, due
from .sms_hub_vocabulary import HOURS_TO_LIVE


class Judgement(NamedTuple):
    """An answer of the gate, and what it rests on.

    :param decision: ALLOW, HOLD until, or DENY
    :param facts: what the rules were told
    :param describe: returns the facts that were looked up, as JSON values
    """

    decision: Decision
    facts: Facts
    describe: Callable[[], dict | None]

    @property
    def evidence(self):
        """What the answer rests on, as the message keeps it; made for who asks.

        ``None`` where nothing but the message itself was looked at.
        """
        return self.describe()

    def refusal(self):
        """Return what becomes of a message that may not go out now.

        :return: ``(transition, columns)`` of the ledger; ``None`` if it may go out
        """
        decision = self.decision
        if decision.verdict is Verdict.ALLOW:
            return None
        columns = {"reason": decision.reason.value, "evidence": self.evidence}
        if decision.verdict is Verdict.HOLD:
            # without an end it waits for a person
            return "hold", {**columns, "not_before": due(decision.until)}
        expired = decision.reason is Reason.EXPIRED
        return "expire" if expired else "block", columns


class SmsHubGate(models.AbstractModel):
    """The shell around ``policy``: gathers facts in few queries, asks, says so.

    Asked when a message is made, so that people see the answer at once, and again in
    the claim, where the answer binds.
    """

    _name = "sms.hub.gate"
    _description = "Gate for outgoing SMS"

    def _decide(self, gateway, items):
        """Decide on many messages of one company.

        :param items: as for :meth:`_judge`
        :return: one :class:`Decision` per item, in order
        """
        return [judgement.decision for judgement in self._judge(gateway, items)]

    def _forecast(self, gateway, items):
        """Decide on messages that nobody asked for yet, as previews show it.

        :param items: as for :meth:`_judge`; parts and expiry are filled in
        :return: one :class:`Decision` per item, in order
        """
        now = self._now().replace(tzinfo=None)
        return self._decide(gateway, [_filled(item, now) for item in items])

    def _judge(self, gateway, items, ahead=timedelta()):
        """Decide on many messages of one company, and say what each answer rests on.

        Earlier items count for later ones: what may go out now uses up caps.

        :param gateway: of the company; of those items that name no ``gateway_id``
        :param items: dicts with ``number`` (E.164 or raw), ``body``, ``segments``,
            ``purpose``, ``expires_at`` (naive UTC); optional ``refused``,
            ``has_country``, ``not_before``, ``sender``, ``door``, ``partner_id``,
            ``res_model``, ``res_id``, ``scope_id``, ``batch_size``, ``batch_parts``,
            ``over_limit``, ``released_reasons``, ``mailing_id``, ``text_hash``,
            ``id``, ``gateway_id``, ``no_sender``
        :param ahead: what may go out has to be right for this long
        :return: one :class:`Judgement` per item, in order
        """
        now = self._now()
        known = self._gather(gateway, items, now)
        rules = self._rules()
        judgements = []
        for item, hours in zip(items, known.hours, strict=True):
            # what is planned for later is judged by what holds then
            at = max(now, aware(item.get("not_before")) or now)
            facts = known.facts(item, hours, at)
            decision = decide(rules, facts, at)
            if ahead and decision.verdict is Verdict.ALLOW:
                decision = decide(rules, facts, at + ahead)
            if decision.verdict is Verdict.ALLOW:
                known.recent.count(item, at)
            describe = partial(known.evidence, item, facts, hours, at)
            judgements.append(Judgement(decision, facts, describe))
        return judgements

    def _rules(self):
        """Hook: the rules, in the order in which they are asked."""
        return RULES

    def _now(self):
        """Return the time by the one clock that all workers share, aware UTC.

        Not the beginning of the transaction: a claim may have waited for a lock.
        """
        [(now,)] = self.env.execute_query(
            SQL("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        )
        return aware(now)


def _filled(item, now):
    """Return a preview's item with what a message gets when it is made."""
    start = max(now, item.get("not_before") or now)
    hours = HOURS_TO_LIVE[item["purpose"]]
    return {
        "segments": count_segments(item["body"] or "").count,
        "expires_at": start + timedelta(hours=hours),
        **item,
    }
