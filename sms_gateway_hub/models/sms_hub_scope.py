from odoo import fields, models


class SmsHubScope(models.Model):
    """What a person can agree to or refuse: a purpose, or a topic within one."""

    _name = "sms.hub.scope"
    _description = "Topic of SMS"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Stands in consent records for ever, so it cannot be changed later.",
    )
    purpose = fields.Selection(
        [("marketing", "Marketing"), ("transactional", "Transactional")],
        required=True,
        default="marketing",
    )
    description = fields.Char(
        translate=True, help="What people read on the page where they choose."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _unique_code = models.Constraint("unique (code)", "This code is used already.")
