from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import ormcache

_PERIODS = {
    "day": timedelta(hours=24),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}


class SmsHubCap(models.Model):
    """How often one person may be texted, whichever way and by whomever.

    The span rolls: "a week" is the 168 hours before a text, not a calendar's week. Caps
    of one company count what that company sends.
    """

    _name = "sms.hub.cap"
    _inherit = ["sms.hub.law.mixin"]
    _description = "Cap on SMS per person"
    _order = "country_id, purpose, period, id"

    name = fields.Char(required=True, translate=True)
    limit = fields.Integer(
        "At Most", default=1, required=True, help="Texts to one person in the span."
    )
    period = fields.Selection(
        [("day", "24 hours"), ("week", "7 days"), ("month", "30 days")],
        "Within",
        default="day",
        required=True,
    )
    purpose = fields.Selection(
        [("marketing", "Marketing"), ("transactional", "Transactional")],
        "Kind of Text",
        help="Empty: marketing and transactional texts count together. Verification "
        "codes and confirmations of a STOP never count.",
    )
    country_id = fields.Many2one(
        "res.country",
        ondelete="restrict",
        help="Only numbers of this country. Empty: all numbers.",
    )
    sender = fields.Char(
        help="Only texts under this sender, letter by letter. Empty: all senders."
    )

    _limit_positive = models.Constraint(
        'CHECK ("limit" > 0)',
        "Allow at least one text. To send none, close the country or withdraw consent.",
    )
    _one_cap = models.UniqueIndex(
        """(COALESCE(company_id, 0), COALESCE(country_id, 0), COALESCE(purpose, ''),
            COALESCE(sender, ''), period) WHERE active""",
        "There is such a cap already. Change that one, or archive it first.",
    )

    # === FOR THE GATE === #

    @api.model
    def _caps_for(self, company, country_code=""):
        """Return the caps that bind a company's texts to numbers of a country.

        :param str country_code: ISO 3166-1 of the number; without it only the caps that
            hold everywhere
        :return: a tuple of ``(id, purpose or None, sender or None, limit, timedelta)``
        """
        return self._caps_of(company.id, country_code or "")

    @api.model
    @ormcache("company_id", "country_code")
    def _caps_of(self, company_id, country_code):
        # the caps of a company bind also what its users may not read
        caps = self.sudo().search(
            [
                ("company_id", "in", (company_id, False)),
                "|",
                ("country_id", "=", False),
                ("country_id.code", "=", country_code),
            ]
        )
        return tuple(
            (
                cap.id,
                cap.purpose or None,
                cap.sender or None,
                cap.limit,
                _PERIODS[cap.period],
            )
            for cap in caps
        )
