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
        for record in self:
            record.hub_same_number_count = record._hub_same_number_total(
                "res.partner", "id"
            )

    def _hub_same_number_total(self, model, field):
        """Return how many records of a model have this number, 0 if none may be read.

        :param field: as :meth:`_hub_same_number_domain` takes it
        """
        others = self.env[model]
        domain = self._hub_same_number_domain(field)
        if not domain or not others.has_access("read"):
            return 0
        return others.search_count(domain)

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
        return self._hub_open_same_number(
            self.env._("Contacts with the Same Number"), "res.partner", "id"
        )

    def _hub_open_same_number(self, title, model, field):
        """Return the action that lists the records of a model with this number.

        :param field: as :meth:`_hub_same_number_domain` takes it
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": self._hub_same_number_domain(field) or [("id", "=", False)],
        }
