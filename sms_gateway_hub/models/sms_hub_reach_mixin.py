from odoo import api, fields, models

from ..policy import Verdict
from .sms_hub_doors import DOORS
from .sms_hub_vocabulary import REASON_WORDS


class SmsHubReachMixin(models.AbstractModel):
    """Records that say on their form why their contact cannot be texted."""

    _name = "sms.hub.reach.mixin"
    _description = "Record whose contact is texted"

    hub_unreachable = fields.Char(
        "Cannot Be Texted",
        compute="_compute_hub_unreachable",
        groups="sms_gateway_hub.group_user",
    )

    @api.depends(lambda self: self._hub_reach_fields())
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_hub_unreachable(self):
        for record in self:
            record.hub_unreachable = record._hub_why_unreachable()

    def _hub_reach_fields(self):
        names = ("phone", "country_id", "partner_id")
        return [name for name in names if name in self._fields]

    def _hub_why_unreachable(self):
        """Return in words why no text reaches the contact, and what to do.

        ``False`` where one does, where there is no number, which everybody sees, and
        where the hub does not send. A person's own text is what is asked about: it is
        the one with the fewest rules.
        """
        company = self.sudo()._mail_get_companies(default=self.env.company)[self.id]
        if not self.env["sms.hub.gateway"]._for_company(company):
            return False
        info = self._sms_get_recipients_info()[self.id]
        number = info["sanitized"] or info["number"]
        if not number:
            return False
        [decision] = self.env["sms.hub.message"]._forecast(
            [
                {
                    "company": company,
                    "door": "chatter",
                    "purpose": DOORS["chatter"].purpose,
                    "number": number,
                    "body": ".",
                    "partner_id": info["partner"]._origin.id,
                    "res_model": self._name,
                    "res_id": self._origin.id,
                }
            ]
        )
        if decision.verdict is not Verdict.DENY:
            return False
        _label, why, todo = REASON_WORDS[decision.reason.value]
        return f"{why} {todo}"
