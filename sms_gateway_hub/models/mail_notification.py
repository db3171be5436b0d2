from odoo import fields, models

from .sms_hub_vocabulary import FAILURE_TYPES


class MailNotification(models.Model):
    """The chatter's icon says why a text did not arrive."""

    _inherit = "mail.notification"

    failure_type = fields.Selection(selection_add=FAILURE_TYPES)
