from odoo import api, fields, models

from odoo.addons.base.models.res_partner import _tz_get


class ResPartner(models.Model):
    """Contacts with their SMS history, whichever record a text was about."""

    _name = "res.partner"
    _inherit = [
        "res.partner",
        "sms.hub.history.mixin",
        "sms.hub.reach.mixin",
        "sms.hub.same.number.mixin",
        "sms.hub.consent.mixin",
    ]

    # every reply and every check looks a contact up by it
    phone_sanitized = fields.Char(index="btree_not_null")
    hub_tz = fields.Selection(
        _tz_get,
        "Texting Time Zone",
        help="Where this person is, if address and phone number do not tell. "
        "Quiet hours go by it.",
    )
    hub_same_number_lead_count = fields.Integer(
        "Leads with the Same Number",
        compute="_compute_hub_same_number_lead_count",
        groups="sms_gateway_hub.group_user",
    )

    @api.depends("phone_sanitized")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_hub_same_number_lead_count(self):
        for partner in self:
            partner.hub_same_number_lead_count = partner._hub_same_number_total(
                "crm.lead", "partner_id"
            )

    def _hub_own_contact(self):
        """Override: the contact itself."""
        return self

    def action_hub_same_number_leads(self):
        """Open the leads of other customers, or of none, with this number."""
        return self._hub_open_same_number(
            self.env._("Leads with the Same Number"), "crm.lead", "partner_id"
        )

    def _hub_history_domain(self):
        """Override: what was about the contact, and what was sent to it."""
        own = super()._hub_history_domain()
        return ["|", ("partner_id", "in", self.ids), "&", *own]
