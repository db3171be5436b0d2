from odoo import api, fields, models


class MailingMailing(models.Model):
    """A mailing may leave from a sender that its author chose."""

    _inherit = "mailing.mailing"

    hub_sender_id = fields.Many2one(
        "sms.hub.sender",
        "SMS Sender",
        compute="_compute_hub_sender_id",
        store=True,
        readonly=False,
        domain="[('company_id', '=', hub_company_id), ('for_marketing', '=', True), "
        "('registration_state', 'in', ('not_needed', 'approved'))]",
        ondelete="restrict",
        help="Empty: each recipient's conversation and country decide. Whoever cannot "
        "be texted from the sender that you choose gets nothing.",
    )

    @api.depends("hub_company_id")
    def _compute_hub_sender_id(self):
        """A sender of another company cannot stay chosen."""
        for mailing in self:
            company = mailing.hub_sender_id.sudo().company_id
            kept = company == mailing.hub_company_id
            mailing.hub_sender_id = kept and mailing.hub_sender_id

    def _hub_terms(self, todo):
        """Override to tell the sender that was chosen."""
        terms = super()._hub_terms(todo)
        terms["hub_sender_id"] = self.hub_sender_id.id
        return terms
