from collections import defaultdict
from datetime import timedelta
from math import ceil
from uuid import uuid4

from odoo import SUPERUSER_ID, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..policy import Verdict

#: Doors through which a person sends by hand. Their texts count for the person's day;
#: mailings have an approval of their own, and what runs by itself is nobody's.
DOORS_OF_PEOPLE = ("chatter", "scheduled", "numbers", "mass", "mailing_test")
#: First half of the keys of the locks on a person's limit; the second is the user.
_TURN = 0x534D5303


class SmsHubMessage(models.Model):
    """How much one person may send in a day, and which texts were one sending."""

    _inherit = "sms.hub.message"

    batch_ref = fields.Char(
        readonly=True,
        groups="sms_gateway_hub.group_administrator",
        help="The same for all texts of one sending.",
    )
    batch_parts = fields.Integer(
        readonly=True,
        aggregator=None,
        groups="sms_gateway_hub.group_administrator",
        help="Parts of all texts of the same sending, about.",
    )

    _author_idx = models.Index(
        "(author_id, create_date)"
        " WHERE door IN ('chatter', 'scheduled', 'numbers', 'mass', 'mailing_test')"
    )
    _batch_idx = models.Index("(batch_ref) WHERE batch_ref IS NOT NULL")

    def _by_hand(self, values):
        """Return those of the columns that the current user sends by hand."""
        if self.env.uid == SUPERUSER_ID:
            return []
        return [
            vals
            for vals in values
            if vals["door"] in DOORS_OF_PEOPLE and vals["author_id"] == self.env.uid
        ]

    # === ONE SENDING === #

    def _mark_one_sending(self, values):
        """Make one sending of what a person asks for at once, whoever prepared it.

        :param values: columns of messages of one company, changed in place
        """
        mine = self._by_hand(values)
        if len(mine) > 1:
            name = uuid4().hex
            for vals in mine:
                vals["batch_size"] = max(vals["batch_size"], len(mine))
                vals["batch_ref"] = vals["batch_ref"] or name
        self._count_parts(values, mine)

    def _count_parts(self, values, mine):
        """Note how many parts each sending has.

        Large ones are asked for in several calls, of which none knows the others: the
        texts of one call stand for all of them.

        :param mine: those of the columns that the current user sends by hand; one
            alone is a sending, too
        """
        sendings = defaultdict(list)
        for vals in values:
            if vals["batch_ref"]:
                sendings[vals["batch_ref"]].append(vals)
        if len(mine) == 1 and not mine[0]["batch_ref"]:
            sendings[""] = mine
        for texts in sendings.values():
            size = max(len(texts), *(vals["batch_size"] for vals in texts))
            parts = sum(vals["segments"] for vals in texts)
            for vals in texts:
                vals["batch_parts"] = ceil(parts * size / len(texts))

    # === ONE DAY === #

    def _wait_for_turn(self):
        """Let one transaction at a time count what the current user sends.

        Held until the end of the transaction: the next one counts what this one made.
        """
        self.env.execute_query(
            SQL("SELECT pg_advisory_xact_lock(%s, %s)", _TURN, self.env.uid)
        )

    def _mark_over_limit(self, gateway, values, binding=True):
        """Mark what goes beyond what its author may send within 24 hours.

        What the gate refuses anyway does not count: it never leaves.

        :param values: columns of messages of one company, changed in place
        :param binding: whether they are made now; previews wait for nobody
        """
        limit = gateway.company_id.hub_user_daily_limit
        mine = self._by_hand(values)
        if not mine or limit <= 0:
            return
        if binding:
            self._wait_for_turn()
        left = limit - self._texts_of_last_day(gateway.company_id, limit)
        if len(mine) <= left:
            return
        decisions = self.env["sms.hub.gate"]._decide(gateway, mine)
        for vals, decision in zip(mine, decisions, strict=True):
            if decision.verdict is not Verdict.DENY:
                vals["over_limit"] = left <= 0
                left -= 1

    def _texts_of_last_day(self, company, limit):
        """Count what the current user texted within 24 hours for a company.

        Not since a midnight: a person's time zone is theirs to change.

        :param limit: no more than this has to be counted
        """
        since = fields.Datetime.now() - timedelta(days=1)
        domain = Domain("author_id", "=", self.env.uid)
        domain &= Domain("create_date", ">", since)
        domain &= Domain("door", "in", DOORS_OF_PEOPLE)
        domain &= Domain("direction", "=", "out")
        domain &= Domain("state", "not in", ("blocked", "cancelled"))
        domain &= Domain("company_id", "=", company.id)
        # sudo: a company's limit counts texts on records of which one lost sight, too
        ours = self.sudo().search(domain, limit=limit, order="id").ids
        if len(ours) == limit:
            return limit
        # this transaction may have begun before another one of the same person ended
        with self.env["sms.hub.transaction"]._hub_cursor() as cr:
            messages = self.sudo().with_env(self.sudo().env(cr=cr))
            return len(ours) + messages.search_count(
                domain & Domain("id", "not in", ours)
            )
