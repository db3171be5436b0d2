from odoo import fields, models

from .sms_hub_vocabulary import FAILURE_TYPES


class MailingTrace(models.Model):
    """A mailing's statistics say why a text did not arrive."""

    _inherit = "mailing.trace"

    failure_type = fields.Selection(selection_add=FAILURE_TYPES)
