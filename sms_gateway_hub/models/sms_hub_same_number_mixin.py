from odoo import api, fields, models

from ..policy import same_numbers


class SmsHubSameNumberMixin(models.AbstractModel):
    """Records that may be about one person, because they share a telephone.

    Consent, caps and duplicates hold for a number, so people see who else has it.
    """

    _name = "sms.hub.same.number.mixin"
    _description = "Record whose number others may have"

    hub_same_number_count = fields.Integer(
        "Contacts with the Same Number",
        compute="_compute_hub_same_number_count",
        groups="sms_gateway_hub.group_user",
    )

    @api.depends("phone_sanitized")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_hub_same_number_count(self):
        contacts = self.env["res.partner"]
        for record in self:
            domain = record._hub_same_number_domain("id")
            record.hub_same_number_count = domain and contacts.search_count(domain)

    def _hub_same_number_domain(self, field):
        """Return the domain of others with this number, in any of its spellings.

        :param field: where the others name the contact that they are about
        :return: ``False`` for a record without a number
        """
        if not self.phone_sanitized:
            return False
        return [
            ("phone_sanitized", "in", same_numbers(self.phone_sanitized)),
            (field, "not in", self._hub_own_contact().ids),
        ]

    def _hub_own_contact(self):
        """Hook: the contact that this record is about."""
        return self.env["res.partner"]

    def action_hub_same_number(self):
        """Open the other contacts with this number."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Contacts with the Same Number"),
            "res_model": "res.partner",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": self._hub_same_number_domain("id") or [("id", "=", False)],
        }
