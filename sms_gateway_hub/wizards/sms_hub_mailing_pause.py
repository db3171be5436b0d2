from odoo import fields, models
from odoo.exceptions import UserError


class SmsHubMailingPause(models.TransientModel):
    """Asks why a mailing shall stand still; everybody who sees it reads the answer."""

    _name = "sms.hub.mailing.pause"
    _description = "Pause of SMS mailings"

    mailing_ids = fields.Many2many("mailing.mailing", readonly=True)
    reason = fields.Char()

    def action_pause(self):
        """Pause them."""
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why, so that others can follow it later."))
        self.mailing_ids._hub_pause(self.reason)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
