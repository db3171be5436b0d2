from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime


class SmsHubEvent(models.Model):
    """Events that nothing can be done about: somebody says so, and they are settled.

    A report may be about a text that another program sent by the same account. Applying
    it again never helps, and it must not need attention for ever.
    """

    _inherit = "sms.hub.event"

    def action_dismiss(self):
        """Let an administrator settle what was put aside, without applying it.

        Not a reply that nobody read: it may be a STOP, see :meth:`action_mark_read`.
        """
        if not self.env.user.has_group("sms_gateway_hub.group_administrator"):
            raise AccessError(
                self.env._("Only administrators of SMS Hub dismiss events.")
            )
        self.check_access("read")
        # sudo: events change for nobody else
        events = self.sudo().filtered(lambda one: one.state == "dead")
        if events.filtered("unread"):
            raise UserError(
                self.env._(
                    "A reply that was not read may be a STOP. Apply it again, or mark "
                    "it as read."
                )
            )
        if not events:
            raise UserError(
                self.env._("Only events that need attention can be dismissed.")
            )
        events.write(
            {
                "state": "ignored",
                "outcome": self.env._(
                    "Dismissed by %(name)s on %(day)s, without applying it.",
                    name=self.env.user.name,
                    day=format_datetime(self.env, self.env.cr.now()),
                ),
            }
        )
