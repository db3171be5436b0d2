from odoo import models


class SmsHubHealth(models.AbstractModel):
    """Nothing is wrong with a scheduled action whose work is done by jobs."""

    _inherit = "sms.hub.health"

    def _spare_crons(self):
        """Override of `sms_gateway_hub`: add those that the job runner took over."""
        return super()._spare_crons() | self.env["sms.hub.runner"]._taken()
