from odoo import api, fields, models


class SmsComposer(models.TransientModel):
    """Lets a person choose the sender, among those that may carry the text."""

    _inherit = "sms.composer"

    hub_sender_ids = fields.Many2many(
        "sms.hub.sender", compute="_compute_hub_sender_ids", compute_sudo=True
    )
    hub_sender_id = fields.Many2one(
        "sms.hub.sender",
        "Send From",
        compute="_compute_hub_sender_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'in', hub_sender_ids)]",
        help="Empty: the sender of the conversation, of the country, or the first one. "
        "Whoever cannot be texted from the sender that you choose gets nothing.",
    )
    hub_sender = fields.Char(
        "Sent From",
        compute="_compute_hub_sender",
        help="The only sender for such texts.",
    )

    @api.depends("hub_gateway_id", "hub_purpose", "res_model", "res_id")
    def _compute_hub_sender_ids(self):
        router = self.env["sms.hub.router"]
        for composer in self:
            company = composer._hub_company(composer._hub_record())
            purpose = composer.hub_purpose or "marketing"
            composer.hub_sender_ids = router._senders_for(company, purpose)

    @api.depends("hub_sender_ids")
    def _compute_hub_sender_id(self):
        """A sender that is not for the purpose cannot stay chosen."""
        for composer in self:
            kept = composer.hub_sender_id in composer.hub_sender_ids
            composer.hub_sender_id = kept and composer.hub_sender_id

    @api.depends("hub_sender_ids")
    def _compute_hub_sender(self):
        for composer in self:
            only = len(composer.hub_sender_ids) == 1 and composer.hub_sender_ids
            composer.hub_sender = only and only.sudo().name
