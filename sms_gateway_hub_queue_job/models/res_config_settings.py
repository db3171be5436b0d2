from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    """Who hands the texts over: the job runner or scheduled actions."""

    _inherit = "res.config.settings"

    hub_runner_works = fields.Boolean(compute="_compute_hub_runner_works")

    @api.depends("company_id")
    def _compute_hub_runner_works(self):
        # sudo: whoever sees this setting need not see scheduled actions
        self.hub_runner_works = bool(self.env["sms.hub.runner"].sudo()._taken())
