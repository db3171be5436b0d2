from odoo import fields, models


class SmsHubGateway(models.Model):
    """What is watched about the account, and from when on it is an alarm."""

    _inherit = "sms.hub.gateway"

    low_balance = fields.Float(
        "Alarm below",
        digits=(16, 2),
        tracking=True,
        groups="sms_gateway_hub.group_administrator",
        help="When less than this is left on the account, the person in charge is "
        "told. 0: never. How long the balance lasts is watched apart from it.",
    )
    balance_ids = fields.One2many(
        "sms.hub.balance",
        "gateway_id",
        "Balances",
        groups="sms_gateway_hub.group_administrator",
    )

    _low_balance_positive = models.Constraint(
        "CHECK(low_balance >= 0)", "The balance to be told of cannot be negative."
    )

    def action_view_balances(self):
        """Open what was left on the account over time."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sms_gateway_hub.sms_hub_balance_action"
        )
        return {**action, "domain": [("gateway_id", "=", self.id)]}
