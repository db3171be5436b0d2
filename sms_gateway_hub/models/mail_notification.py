from odoo import fields, models

from odoo.addons.mail.tools.discuss import Store

from .sms_hub_vocabulary import FAILURE_TYPES


class MailNotification(models.Model):
    """The chatter's icon says why a text did not arrive."""

    _inherit = "mail.notification"

    failure_type = fields.Selection(selection_add=FAILURE_TYPES)

    def _to_store_defaults(self, target):
        """Override of `mail`: tell the web client the sentence behind our failures."""
        return super()._to_store_defaults(target) + [
            Store.Attr("failure_reason", predicate=lambda one: one._hub_has_sentence())
        ]

    def _hub_has_sentence(self):
        self.ensure_one()
        ours = (self.failure_type or "").startswith("hub_")
        return ours and bool(self.failure_reason)
