from odoo import api, fields, models

from ..models.sms_hub_forecast import MOST
from ..models.sms_hub_terms import Terms


class SmsHubMailingCheck(models.TransientModel):
    """Shows who will get a mailing now, later, or not, before it is sent."""

    _name = "sms.hub.mailing.check"
    _description = "Check of the recipients of an SMS mailing"

    mailing_id = fields.Many2one("mailing.mailing", readonly=True, required=True)
    forecast = fields.Json(compute="_compute_forecast")

    @api.depends("mailing_id")
    @api.depends_context("uid", "lang", "tz")
    def _compute_forecast(self):
        for check in self:
            check.forecast = check._tell_forecast()

    def _tell_forecast(self):
        self.mailing_id._origin.check_access("read")
        # sudo: the scheduled action texts also those whom this person does not see;
        # they are counted, and only records that one may read are named
        mailing = self.mailing_id._origin.sudo()
        recipients = mailing._get_remaining_recipients()
        if not recipients:
            return False
        values = mailing._send_sms_get_composer_values(recipients[:MOST])
        terms = Terms(mailing._hub_terms(len(recipients)))
        composer = (
            self.env["sms.composer"]
            .sudo()
            .with_context(active_id=False, hub_terms=terms)
        )
        return composer.new(values)._hub_tell_forecast(total=len(recipients))
