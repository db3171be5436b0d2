from odoo import models


class SmsTracker(models.Model):
    """Core's reports must not touch what the ledger tells."""

    _inherit = "sms.tracker"

    def _hub_others(self):
        """Return the trackers of SMS that core sends itself."""
        ours = (
            self.env["sms.hub.message"]
            .sudo()
            .search([("uuid", "in", self.mapped("sms_uuid"))])
            .mapped("uuid")
        )
        return self.filtered(lambda tracker: tracker.sms_uuid not in ours)

    def _action_update_from_sms_state(
        self, sms_state, failure_type=False, failure_reason=False
    ):
        """Override of `sms`: the ledger ranks reports; a late one changes nothing."""
        return super(SmsTracker, self._hub_others())._action_update_from_sms_state(
            sms_state, failure_type=failure_type, failure_reason=failure_reason
        )

    def _action_update_from_provider_error(self, provider_error):
        """Override of `sms`: core's public report route does not reach our messages."""
        return super(SmsTracker, self._hub_others())._action_update_from_provider_error(
            provider_error
        )
