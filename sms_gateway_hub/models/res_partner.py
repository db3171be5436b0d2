from odoo import models


class ResPartner(models.Model):
    """Contacts with their SMS history, whichever record a text was about."""

    _name = "res.partner"
    _inherit = ["res.partner", "sms.hub.history.mixin"]

    def _hub_history_domain(self):
        """Override: what was about the contact, and what was sent to it."""
        own = super()._hub_history_domain()
        return ["|", ("partner_id", "in", self.ids), "&", *own]
