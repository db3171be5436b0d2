from odoo import fields, models
from odoo.exceptions import UserError


class SmsHubNumberUnmark(models.TransientModel):
    """Asks why texts to numbers that failed shall be tried again."""

    _name = "sms.hub.number.unmark"
    _description = "Text numbers again"

    mark_ids = fields.Many2many("sms.hub.number.mark", readonly=True)
    note = fields.Char("Reason")

    def action_clear(self):
        """Lift the marks, with the reason and who gave it."""
        self.ensure_one()
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why, so that others can follow it later."))
        self.mark_ids.check_access("read")
        self.mark_ids._clear(self.note, self.env.user)
        return {"type": "ir.actions.client", "tag": "soft_reload"}
