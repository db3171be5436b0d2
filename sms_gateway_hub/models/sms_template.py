from odoo import fields, models


class SmsTemplate(models.Model):
    """Templates carry the id under which their text is registered."""

    _inherit = "sms.template"

    hub_template_ref = fields.Char(
        "DLT Template ID",
        help="India: the id of the registered text, 19 digits. It travels with every "
        "message made from this template.",
    )
