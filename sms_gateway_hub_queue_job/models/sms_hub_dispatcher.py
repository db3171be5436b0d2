from odoo import models


class SmsHubDispatcher(models.AbstractModel):
    """Wakes jobs in place of those scheduled actions that the job runner took over."""

    _inherit = "sms.hub.dispatcher"

    def _is_used(self, slot):
        """Override of `sms_gateway_hub`: a slot may be one of the job runner's."""
        return super()._is_used(slot) or slot.hub_by_runner

    def _use(self, slot, used):
        """Override of `sms_gateway_hub`: the job runner's slots have a mark instead."""
        if slot.hub_by_runner:
            slot.hub_by_runner = used
            return None
        return super()._use(slot, used)

    def _trigger_crons(self, asked):
        """Override of `sms_gateway_hub`: what the job runner took over becomes jobs."""
        runner = self.env["sms.hub.runner"]
        taken = {one for one in asked if runner._cron(one[0]).hub_by_runner}
        runner._add_jobs(taken)
        return super()._trigger_crons(asked - taken)
