from odoo import fields, models


class MailMessage(models.Model):
    """A comment that arrived as a text message."""

    _inherit = "mail.message"

    hub_inbound_number = fields.Char(
        "Texted From", readonly=True, copy=False, groups="base.group_user"
    )

    def _hub_messages(self):
        """Return the ledger rows of these posts."""
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search([("mail_message_id", "in", self.ids), ("direction", "=", "out")])
        )
