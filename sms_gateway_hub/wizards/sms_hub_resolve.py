from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.sms_hub_message_resolve import RESOLUTIONS


class SmsHubResolve(models.TransientModel):
    """Asks a manager what became of texts whose answer got lost."""

    _name = "sms.hub.resolve"
    _description = "Resolution of unknown SMS"

    message_ids = fields.Many2many("sms.hub.message", readonly=True)
    count = fields.Integer("Texts", compute="_compute_counts")
    askable_count = fields.Integer(compute="_compute_counts")
    resolution = fields.Selection(RESOLUTIONS, "What Became of It")
    note = fields.Char("Reason")

    @api.depends("message_ids.state")
    def _compute_counts(self):
        for wizard in self:
            unknown = wizard.message_ids.filtered(lambda one: one.state == "unknown")
            wizard.count = len(unknown)
            # sudo: requests are for administrators; it is only counted
            wizard.askable_count = len(
                unknown.sudo().filtered("request_id.platform_ref")
            )

    def action_resolve(self):
        """Settle the texts, and say how many it was."""
        self.ensure_one()
        if not self.resolution:
            raise UserError(self.env._("Choose what became of it."))
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why, so that others can follow it later."))
        settled = self.message_ids._resolve(self.resolution, self.note.strip())
        left = len(self.message_ids) - len(settled)
        words = self.env._("Texts resolved: %(count)s.", count=len(settled))
        if left:
            words += " " + self.env._(
                "%(count)s had been settled by a report meanwhile.", count=left
            )
        return self._say("success" if settled else "warning", words)

    def action_ask(self):
        """Ask the platform first, where it can tell."""
        self.ensure_one()
        asked = self.message_ids._ask_platform()
        return self._say(
            "info",
            self.env._(
                "The platform is asked about %(count)s texts. What it reports settles "
                "them by itself, within a minute or two.",
                count=len(asked),
            ),
        )

    def _say(self, kind, words):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": words,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Resolve Unknown Texts"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
