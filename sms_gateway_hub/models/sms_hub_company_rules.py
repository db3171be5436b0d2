from odoo import fields, models

from ..tools import public_holidays


class SmsHubCompanyRules(models.AbstractModel):
    """The rules of a company as two screens show them: Settings and Rules.

    They are read with the user's own rights: nobody sees those of another company.
    """

    _name = "sms.hub.company.rules"
    _description = "Rules on SMS of a company"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    hub_marketing_consent = fields.Selection(
        related="company_id.hub_marketing_consent", readonly=False, related_sudo=False
    )
    hub_consent_months = fields.Integer(
        related="company_id.hub_consent_months", readonly=False, related_sudo=False
    )
    hub_double_opt_in = fields.Boolean(
        related="company_id.hub_double_opt_in", readonly=False, related_sudo=False
    )
    hub_country_ids = fields.Many2many(
        related="company_id.hub_country_ids", readonly=False, related_sudo=False
    )
    hub_confirm_stop = fields.Boolean(
        related="company_id.hub_confirm_stop", readonly=False, related_sudo=False
    )
    hub_stop_text = fields.Char(
        related="company_id.hub_stop_text", readonly=False, related_sudo=False
    )
    hub_codes_pass_stop = fields.Boolean(
        related="company_id.hub_codes_pass_stop", readonly=False, related_sudo=False
    )
    hub_quiet_hours = fields.Boolean(
        related="company_id.hub_quiet_hours", readonly=False, related_sudo=False
    )
    hub_state_unknown = fields.Selection(
        related="company_id.hub_state_unknown", readonly=False, related_sudo=False
    )
    hub_repeat_hours = fields.Integer(
        related="company_id.hub_repeat_hours", readonly=False, related_sudo=False
    )
    hub_user_daily_limit = fields.Integer(
        related="company_id.hub_user_daily_limit", readonly=False, related_sudo=False
    )
    hub_approval_above = fields.Integer(
        related="company_id.hub_approval_above", readonly=False, related_sudo=False
    )
    hub_approval_parts = fields.Integer(
        related="company_id.hub_approval_parts", readonly=False, related_sudo=False
    )
    hub_filter_share = fields.Float(
        related="company_id.hub_filter_share", readonly=False, related_sudo=False
    )
    hub_filter_least = fields.Integer(
        related="company_id.hub_filter_least", readonly=False, related_sudo=False
    )
    hub_mailing_refusals = fields.Float(
        related="company_id.hub_mailing_refusals", readonly=False, related_sudo=False
    )
    hub_repeat_by_other = fields.Boolean(
        related="company_id.hub_repeat_by_other", readonly=False, related_sudo=False
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    hub_daily_spend = fields.Monetary(
        related="company_id.hub_daily_spend",
        readonly=False,
        related_sudo=False,
        currency_field="company_currency_id",
    )
    hub_spent_today = fields.Monetary(
        "Spent Today",
        related="company_id.hub_spent_today",
        related_sudo=False,
        currency_field="company_currency_id",
    )
    hub_holidays_known = fields.Boolean(compute="_compute_hub_holidays_known")

    def _compute_hub_holidays_known(self):
        self.hub_holidays_known = public_holidays.available()
