from odoo import fields, models


class TestSmsHubBox(models.Model):
    """A record without a chatter."""

    _name = "test.sms.hub.box"
    _description = "Box, for tests"

    name = fields.Char(required=True)
