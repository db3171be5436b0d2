from odoo import fields, models

from ..gateway import ToyClient


class SmsHubGateway(models.Model):
    """Accounts at the toy platform: all that a provider needs to tell Odoo."""

    _inherit = "sms.hub.gateway"

    provider = fields.Selection(
        selection_add=[("toy", "Toy SMS")],
        ondelete={"toy": lambda gateways: gateways._leave_provider()},
    )
    toy_region = fields.Selection(
        selection=lambda self: list(ToyClient.profiles().items()),
        string="Region",
        default="eu",
        help="Where the account was opened.",
    )

    def _get_client_class(self):
        """Override to send through the toy platform."""
        if self.provider != "toy":
            return super()._get_client_class()
        return ToyClient

    def _get_profile(self):
        """Override to choose the region's host."""
        if self.provider != "toy":
            return super()._get_profile()
        return self.toy_region or ""
