from odoo import api, fields, models
from odoo.tools import format_date

from ..policy import Reason, Verdict, canonical, same_numbers
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

    hub_number_marked = fields.Boolean(
        "Cannot Receive Texts",
        compute="_compute_hub_number_marked",
        search="_search_hub_number_marked",
        groups="sms_gateway_hub.group_user",
    )
    hub_mark_words = fields.Char(
        "Texts to This Number",
        compute="_compute_hub_number_marked",
        groups="sms_gateway_hub.group_user",
    )

    @api.depends("phone_sanitized")
    @api.depends_context("company", "lang", "tz")
    def _compute_hub_number_marked(self):
        marks = self.env["sms.hub.number.mark"]
        for company, records in self.grouped(lambda one: one._hub_company()).items():
            numbers = [one.phone_sanitized for one in records if one.phone_sanitized]
            found = marks._among(company, numbers)
            for record in records:
                since = found.get(canonical(record.phone_sanitized or ""))
                record.hub_number_marked = bool(since)
                record.hub_mark_words = since and self.env._(
                    "Unreachable since %(day)s", day=format_date(self.env, since)
                )

    @api.model
    def _search_hub_number_marked(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        marks = self.env["sms.hub.number.mark"].sudo()
        found = marks.search([("company_id", "in", self.env.companies.ids)])
        numbers = {one for mark in found for one in same_numbers(mark.number)}
        return [("phone_sanitized", "in", list(numbers))]

    def _hub_company(self):
        """Return the company that texts this record."""
        own = self.company_id if "company_id" in self._fields else None
        return own or self.env.company

    def _hub_mark(self):
        """Return the mark on the number of this record, or none."""
        self.ensure_one()
        return self.env["sms.hub.number.mark"]._of(
            self._hub_company(), self.phone_sanitized or ""
        )

    def action_hub_unmark(self):
        """Ask why texts to the number shall be tried again."""
        self.ensure_one()
        ask = self.env["sms.hub.number.mark"].action_clear()
        context = {"default_res_model": self._name, "default_res_id": self.id}
        return {**ask, "context": context}

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
        if decision.reason is Reason.UNREACHABLE and (mark := self._hub_mark()):
            return mark._sentence()
        _label, why, todo = REASON_WORDS[decision.reason.value]
        return f"{why} {todo}"
