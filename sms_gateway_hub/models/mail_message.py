from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    """A comment that arrived as a text message."""

    _inherit = "mail.message"

    hub_inbound_number = fields.Char(
        "Texted From", readonly=True, copy=False, groups="base.group_user"
    )

    def _to_store_defaults(self, target):
        """Override of `mail`: let colleagues see which comments arrived by SMS."""
        return super()._to_store_defaults(target) + [
            # sudo: colleagues may see it, also when a visitor's act informs them
            Store.Attr(
                "hub_inbound_number",
                predicate=lambda one: (
                    target.is_internal(self.env) and one.sudo().hub_inbound_number
                ),
                sudo=True,
            )
        ]

    def _hub_messages(self):
        """Return the ledger rows of these posts."""
        return (
            self.env["sms.hub.message"]
            .sudo()
            .search([("mail_message_id", "in", self.ids), ("direction", "=", "out")])
        )
