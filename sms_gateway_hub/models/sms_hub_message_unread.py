from odoo import api, fields, models

from ..policy import canonical
from .sms_hub_transitions import WAITING

#: What a text shows whose number waits for a reply to be read.
_REASONS = (False, "inbound_pending")


class SmsHubMessage(models.Model):
    """Texts that wait for a reply which only a person gets read."""

    _inherit = "sms.hub.message"

    reply_unread = fields.Boolean(compute="_compute_reply_unread")

    @api.depends("state", "reason", "number")
    def _compute_reply_unread(self):
        waiting = self._waiting_for_a_person()
        for message in self:
            message.reply_unread = message in waiting

    def _compute_explanation(self):  # pylint: disable=missing-return
        """Override: say what it really waits for, and who can help."""
        super()._compute_explanation()
        for message in self._waiting_for_a_person():
            message.explanation = self.env._(
                "A reply from this number could not be read, and it may be a STOP."
            )
            message.next_step = self.env._(
                "Ask an administrator to open the reply (Technical, Events), and to "
                "apply it again or mark it as read."
            )

    def _waiting_for_a_person(self):
        """Return those whose number has a reply that could not be read."""
        waiting = self.filtered(
            lambda one: (
                one.direction == "out"
                and one.state in WAITING
                and one.reason in _REASONS
                and one.gateway_id.state == "active"
            )
        )
        unread = self.env["sms.hub.event"]._unreadable(waiting.mapped("number"))
        numbers = {canonical(event.number) for event in unread}
        return waiting.filtered(lambda one: canonical(one.number) in numbers)

    def action_open_replies(self):
        """Open the replies from this number that could not be read."""
        self.ensure_one()
        self.check_access("read")
        replies = self.env["sms.hub.event"]._unreadable([self.number])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Replies That Could Not Be Read"),
            "res_model": "sms.hub.event",
            "views": [(False, "list"), (False, "kanban"), (False, "form")],
            "domain": [("id", "in", replies.ids)],
        }
