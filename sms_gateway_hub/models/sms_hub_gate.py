import re
from datetime import datetime, timedelta, timezone

from odoo import fields, models
from odoo.tools import SQL

from ..policy import RULES, Facts, Reason, classify_number, decide

_E164 = re.compile(r"\+[1-9]\d{6,14}")
#: A reply is applied within this time; until then its sender's messages wait.
_INBOUND_PATIENCE = timedelta(seconds=5)


class SmsHubGate(models.AbstractModel):
    """The shell around ``policy``: gathers facts in few queries, asks, says so.

    Asked when a message is made, so that people see the answer at once, and again in
    the claim, where the answer binds.
    """

    _name = "sms.hub.gate"
    _description = "Gate for outgoing SMS"

    def _decide(self, gateway, items):
        """Decide on many messages of one gateway.

        :param items: dicts with ``number`` (E.164 or raw), ``body``, ``segments``,
            ``purpose``, ``expires_at`` (naive UTC), optional ``refused`` and
            ``has_country``
        :return: one :class:`Decision` per item, in order
        """
        numbers = [item["number"] for item in items if item["number"]]
        suppressed = self._suppressed(numbers)
        unread = self._with_unread_reply(numbers)
        now = datetime.now(timezone.utc)
        test_digits = gateway._test_digits() if gateway.test_mode else None
        decisions = []
        for item in items:
            number = item["number"] or ""
            facts = Facts(
                purpose=item["purpose"],
                text=item["body"] or "",
                segments=item["segments"],
                max_segments=gateway.max_segments,
                number_problem=classify_number(
                    number,
                    number if _E164.fullmatch(number) else "",
                    item.get("has_country", True),
                ),
                suppressed=number in suppressed,
                inbound_pending_until=(
                    now + _INBOUND_PATIENCE if number in unread else None
                ),
                outside_test_list=(
                    test_digits is not None and number.lstrip("+") not in test_digits
                ),
                expires_at=_aware(item.get("expires_at")),
                refused=item.get("refused") and Reason(item["refused"]),
            )
            decisions.append(decide(self._rules(), facts, now))
        return decisions

    def _rules(self):
        """Hook: the rules, in the order in which they are asked."""
        return RULES

    def _suppressed(self, numbers):
        """Return those of the numbers that refused everything."""
        if not numbers:
            return set()
        # a search through the ORM would parse each of these numbers once more
        self.env["phone.blacklist"].flush_model(["number", "active"])
        rows = self.env.execute_query(
            SQL(
                "SELECT number FROM phone_blacklist WHERE active AND number IN %s",
                tuple(set(numbers)),
            )
        )
        return {number for (number,) in rows}

    def _with_unread_reply(self, numbers):
        """Return those of the numbers whose reply is stored but not applied yet.

        To whichever company it went: a STOP holds for all of them.
        """
        if not numbers:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT number FROM sms_hub_event
                 WHERE state = 'new' AND kind = 'inbound' AND number IN %s
                """,
                tuple(set(numbers)),
            )
        )
        return {number for (number,) in rows}


def _aware(moment):
    if not moment:
        return None
    return fields.Datetime.to_datetime(moment).replace(tzinfo=timezone.utc)


def naive(moment):
    """Return an aware instant as Odoo stores it, or ``None``."""
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None)
