from odoo import api, fields, models

from .sms_hub_dispatcher import SLOTS


class ResConfigSettings(models.TransientModel):
    """How many dispatchers share the work, and the rules of the company."""

    # pylint: disable=no-wizard-in-models

    _name = "res.config.settings"
    _inherit = ["res.config.settings", "sms.hub.company.rules"]

    hub_dispatcher_count = fields.Selection(
        [(str(count), str(count)) for count in range(1, SLOTS + 1)],
        "Dispatchers",
        compute="_compute_hub_dispatcher_count",
        inverse="_inverse_hub_dispatcher_count",
        help="Each one is a scheduled action that may run on another worker or host.",
    )
    hub_gateway_ids = fields.Many2many(
        "sms.hub.gateway", string="SMS Gateways", compute="_compute_hub_gateway_ids"
    )
    hub_text_days = fields.Integer(related="company_id.hub_text_days", readonly=False)
    hub_metadata_months = fields.Integer(
        related="company_id.hub_metadata_months", readonly=False
    )
    hub_retention_words = fields.Char(compute="_compute_hub_retention_words")

    @api.depends("company_id")
    def _compute_hub_dispatcher_count(self):
        dispatcher = self.env["sms.hub.dispatcher"]
        used = sum(map(dispatcher._is_used, dispatcher._slots().values()))
        self.hub_dispatcher_count = str(max(1, used))

    def _inverse_hub_dispatcher_count(self):
        dispatcher = self.env["sms.hub.dispatcher"]
        for settings in self:
            for turn, slot in enumerate(dispatcher._slots().values()):
                dispatcher._use(slot, turn < int(settings.hub_dispatcher_count))

    @api.depends("company_id")
    def _compute_hub_gateway_ids(self):
        for settings in self:
            settings.hub_gateway_ids = settings.hub_gateway_ids.search(
                [
                    ("company_id", "=", settings.company_id.id),
                    ("state", "!=", "draft"),
                ]
            )

    @api.depends("company_id", "hub_text_days", "hub_metadata_months")
    def _compute_hub_retention_words(self):
        retention = self.env["sms.hub.retention"]
        for settings in self:
            settings.hub_retention_words = retention._describe(
                settings.company_id,
                settings.hub_text_days,
                settings.hub_metadata_months,
            )
