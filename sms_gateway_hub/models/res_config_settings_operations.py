from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Alarms and monitoring of the company."""

    # pylint: disable=no-wizard-in-models

    _inherit = "res.config.settings"

    hub_alarm_user_id = fields.Many2one(
        related="company_id.hub_alarm_user_id", readonly=False
    )
    hub_alarm_mail = fields.Boolean(related="company_id.hub_alarm_mail", readonly=False)
    hub_alarm_report_minutes = fields.Integer(
        related="company_id.hub_alarm_report_minutes", readonly=False
    )
    hub_alarm_unknown = fields.Integer(
        related="company_id.hub_alarm_unknown", readonly=False
    )
    hub_alarm_dead = fields.Integer(related="company_id.hub_alarm_dead", readonly=False)
    hub_alarm_refused = fields.Integer(
        related="company_id.hub_alarm_refused", readonly=False
    )
    hub_alarm_days = fields.Integer(related="company_id.hub_alarm_days", readonly=False)
    hub_metrics_set_at = fields.Datetime(related="company_id.hub_metrics_set_at")

    def action_hub_new_metrics_token(self):
        """Make a new monitoring token and show it, this once."""
        self.ensure_one()
        token = self.env["sms.hub.metrics"]._renew_token(self.company_id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Monitoring Token"),
            "res_model": "sms.hub.metrics.token",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_token": token,
                "default_address": f"{self.get_base_url()}/sms_hub/metrics",
            },
        }
