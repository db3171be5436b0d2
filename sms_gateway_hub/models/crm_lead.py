from odoo import models


class CrmLead(models.Model):
    """Leads and opportunities with their SMS history."""

    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "sms.hub.history.mixin",
        "sms.hub.reach.mixin",
        "sms.hub.same.number.mixin",
        "sms.hub.consent.mixin",
    ]

    def write(self, vals):
        """Override of `crm`: who becomes the customer gets the history too."""
        result = super().write(vals)
        if vals.get("partner_id"):
            self.env["sms.hub.message"]._name_customer(self, vals["partner_id"])
        return result

    def _merge_dependences(self, opportunities):
        """Override of `crm`: the history moves along with chatter and meetings."""
        result = super()._merge_dependences(opportunities)
        self.env["sms.hub.message"]._follow_merge(
            self._name, opportunities.ids, self.id
        )
        return result

    def _hub_own_contact(self):
        """Override: its customer."""
        return self.partner_id
