from odoo import fields, models


class TestSmsHubTicket(models.Model):
    """A record of another app: people talk on it, and only its owner reads it."""

    _name = "test.sms.hub.ticket"
    _inherit = ["mail.thread.phone"]
    _description = "Ticket, for tests"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    phone = fields.Char()
    user_id = fields.Many2one("res.users")
    partner_id = fields.Many2one("res.partner")
