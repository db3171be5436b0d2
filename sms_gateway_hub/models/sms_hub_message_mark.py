from odoo import models


class SmsHubMessage(models.Model):
    """What fails because of the number says something about the number."""

    _inherit = "sms.hub.message"

    def _heed_operator(self):
        """Override: mark a number that cannot receive texts."""
        result = super()._heed_operator()
        self.env["sms.hub.number.mark"]._note(self)
        return result
