from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.sms_hub_message_release import FOUR_EYES


class SmsHubRelease(models.TransientModel):
    """Asks a manager why texts that rules hold back shall go out."""

    _name = "sms.hub.release"
    _description = "Release of held SMS"

    message_ids = fields.Many2many("sms.hub.message", readonly=True)
    whole_batch = fields.Boolean(
        "Release the whole sending",
        help="All texts that were sent along with the selected ones and wait too.",
    )
    note = fields.Char("Reason")
    batch_count = fields.Integer(compute="_compute_batch_count")
    count = fields.Integer("Texts to Release", compute="_compute_counts")
    own_count = fields.Integer(compute="_compute_counts")
    kept_count = fields.Integer(compute="_compute_counts")

    @api.depends("message_ids")
    def _compute_batch_count(self):
        for wizard in self:
            others = wizard._batch() - wizard.message_ids
            wizard.batch_count = len(wizard._batch()) if others else 0

    @api.depends("message_ids", "whole_batch")
    def _compute_counts(self):
        for wizard in self:
            messages = wizard._messages()
            among = Domain("id", "in", messages.ids)
            domain = messages._releasable_domain() & among
            wizard.count = messages.search_count(domain)
            own = Domain("reason", "in", FOUR_EYES) & Domain("state", "=", "held")
            own &= Domain("author_id", "=", self.env.uid)
            wizard.own_count = messages.search_count(own & among)
            wizard.kept_count = len(messages) - wizard.count - wizard.own_count

    def _messages(self):
        self.ensure_one()
        if not self.whole_batch:
            return self.message_ids
        return self._batch() | self.message_ids

    def _batch(self):
        """Return what waits for the same in the sendings of the selected texts."""
        # sudo: the name of a sending is for administrators; managers read all texts of
        # the companies whose texts they selected
        messages = self.message_ids.sudo()
        names = set(messages.mapped("batch_ref")) - {False}
        domain = Domain("batch_ref", "in", names) & Domain("state", "=", "held")
        domain &= Domain("reason", "in", messages.mapped("reason"))
        domain &= Domain("company_id", "in", messages.company_id.ids)
        return messages.search(domain).sudo(False)

    def action_release(self):
        """Release what may be released, and say how many texts that was."""
        self.ensure_one()
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why, so that others can follow it later."))
        count = len(self._messages()._release(self.note))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if count else "warning",
                "message": self.env._("Texts released: %(count)s.", count=count),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _open(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release Texts"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }
