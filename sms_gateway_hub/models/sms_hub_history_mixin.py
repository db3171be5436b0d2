from odoo import api, fields, models


class SmsHubHistoryMixin(models.AbstractModel):
    """Records with an SMS history: a count and a button."""

    _name = "sms.hub.history.mixin"
    _description = "Record with an SMS history"

    hub_message_count = fields.Integer(
        "SMS", compute="_compute_hub_message_count", groups="sms_gateway_hub.group_user"
    )

    def _hub_history_domain(self):
        """Hook: which messages belong to the history of these records."""
        return [("res_model", "=", self._name), ("res_id", "in", self.ids)]

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_hub_message_count(self):
        messages = self.env["sms.hub.message"]
        for record in self:
            record.hub_message_count = messages.search_count(
                record._hub_history_domain()
            )

    def action_hub_history(self):
        """Open the texts sent to and received from this record."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sms_gateway_hub.sms_hub_message_action_history"
        )
        return {**action, "domain": self._hub_history_domain()}
