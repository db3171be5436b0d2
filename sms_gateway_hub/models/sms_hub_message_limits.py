from datetime import datetime, time, timezone
from zoneinfo import ZoneInfo

from odoo import SUPERUSER_ID, fields, models

from ..policy import Verdict

#: Doors through which a person sends by hand. Their texts count for the person's day;
#: mailings have an approval of their own, and what runs by itself is nobody's.
DOORS_OF_PEOPLE = ("chatter", "scheduled", "numbers", "mass")


class SmsHubMessage(models.Model):
    """How much one person may send on one day, and which texts were one sending."""

    _inherit = "sms.hub.message"

    batch_ref = fields.Char(
        readonly=True,
        groups="sms_gateway_hub.group_administrator",
        help="The same for all texts of one sending.",
    )

    _author_idx = models.Index(
        "(author_id, create_date)"
        " WHERE door IN ('chatter', 'scheduled', 'numbers', 'mass')"
    )
    _batch_idx = models.Index("(batch_ref) WHERE batch_ref IS NOT NULL")

    def _mark_over_limit(self, gateway, values):
        """Mark what goes beyond what its author may send on one day.

        What the gate refuses anyway does not count: it never leaves.

        :param values: columns of messages of one company, changed in place
        """
        limit = gateway.company_id.hub_user_daily_limit
        mine = [
            vals
            for vals in values
            if vals["door"] in DOORS_OF_PEOPLE and vals["author_id"] == self.env.uid
        ]
        if not mine or limit <= 0 or self.env.uid == SUPERUSER_ID:
            return
        left = limit - self._texts_of_today(gateway.company_id)
        if len(mine) <= left:
            return
        decisions = self.env["sms.hub.gate"]._decide(gateway, mine)
        for vals, decision in zip(mine, decisions, strict=True):
            if decision.verdict is not Verdict.DENY:
                vals["over_limit"] = left <= 0
                left -= 1

    def _texts_of_today(self, company):
        """Count what the current user texted since their midnight for a company."""
        # sudo: a company's limit counts texts on records of which one lost sight, too
        return self.sudo().search_count(
            [
                ("author_id", "=", self.env.uid),
                ("create_date", ">=", self._midnight()),
                ("door", "in", DOORS_OF_PEOPLE),
                ("direction", "=", "out"),
                ("state", "not in", ("blocked", "cancelled")),
                ("company_id", "=", company.id),
            ]
        )

    def _midnight(self):
        """Return when the current user's day began, as naive UTC."""
        zone = ZoneInfo(self.env.user.tz or "UTC")
        begin = datetime.combine(datetime.now(zone).date(), time(), zone)
        return begin.astimezone(timezone.utc).replace(tzinfo=None)
