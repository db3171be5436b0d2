from odoo import api, fields, models

from ..gateway.providers.smsgatewayhub import SmsGatewayHubClient


class SmsHubGateway(models.Model):
    """Accounts at SMS Gateway Hub and at the platforms that speak its dialect."""

    _inherit = "sms.hub.gateway"

    provider = fields.Selection(
        selection_add=[("smsgatewayhub", "SMS Gateway Hub")],
        ondelete={"smsgatewayhub": lambda gateways: gateways._leave_provider()},
    )
    smsgatewayhub_profile = fields.Selection(
        selection=lambda self: list(SmsGatewayHubClient.profiles().items()),
        string="Platform",
        default="smsgatewayhub",
        help="Other platforms run the same software under their own name.",
    )
    smsgatewayhub_channel = fields.Selection(
        selection=[
            ("auto", "By purpose"),
            ("1", "Always promotional"),
            ("2", "Always transactional"),
            ("INT", "Always international"),
        ],
        string="Channel",
        default="auto",
        required=True,
        help="By purpose: marketing texts travel promotional, the others "
        "transactional, codes on the channel for codes, and numbers outside the home "
        "country international.",
    )
    smsgatewayhub_home_code = fields.Char(
        "Home Country Code",
        default="91",
        help="Numbers that do not begin with it travel on the international channel.",
    )

    def _get_client_class(self):
        """Override to send through SMS Gateway Hub."""
        if self.provider != "smsgatewayhub":
            return super()._get_client_class()
        return SmsGatewayHubClient

    def _get_profile(self):
        """Override to choose the sibling host."""
        if self.provider != "smsgatewayhub":
            return super()._get_profile()
        return self.smsgatewayhub_profile or ""

    def _get_client_options(self):
        """Override to pass the channel on."""
        options = super()._get_client_options()
        if self.provider == "smsgatewayhub":
            options["home_country_code"] = self.smsgatewayhub_home_code or ""
            if self.smsgatewayhub_channel != "auto":
                options["channel"] = self.smsgatewayhub_channel
        return options

    @api.onchange("provider")
    def _onchange_provider(self):
        if self.provider == "smsgatewayhub" and not self.smsgatewayhub_profile:
            self.smsgatewayhub_profile = "smsgatewayhub"
