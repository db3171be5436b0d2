from odoo import models


class SmsHubMessage(models.Model):
    """What fails, or arrives, says something about the number."""

    _inherit = "sms.hub.message"

    def _heed_operator(self):
        """Override: mark a number that cannot receive texts."""
        result = super()._heed_operator()
        self.env["sms.hub.number.mark"]._note(self)
        return result

    def _carry_out(self, transition, *args):
        """Override: a number that a text reached can receive texts."""
        moved = super()._carry_out(transition, *args)
        if transition == "deliver" and moved:
            self.env["sms.hub.number.mark"].sudo()._arrived(moved.sudo())
        return moved
