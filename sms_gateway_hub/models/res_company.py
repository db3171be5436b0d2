from odoo import models

from ..tools.sms_api import SmsApiHub


class ResCompany(models.Model):
    """Companies with a gateway answer core's question for an API with the hub."""

    _inherit = "res.company"

    def _get_sms_api_class(self):
        """Override of `sms`: the hub queues, and never talks to a network here."""
        self.ensure_one()
        if self.env["sms.hub.gateway"]._for_company(self):
            return SmsApiHub
        return super()._get_sms_api_class()
