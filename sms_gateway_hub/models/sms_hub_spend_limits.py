from odoo import api, fields, models
from odoo.tools import SQL

from .sms_hub_spend import _day_key, _mailing_key


class ResCompany(models.Model):
    """What a company spends on texts in a day."""

    _inherit = "res.company"

    hub_daily_spend = fields.Monetary(
        "Spending on Texts per Day",
        currency_field="currency_id",
        default=0,
        help="What costs more waits for the next day; 0 sets no limit. Marketing "
        "leaves a tenth of it to codes and personal texts. Texts to countries without "
        "a price count nothing.",
    )
    hub_spent_today = fields.Monetary(
        currency_field="currency_id", compute="_compute_hub_spent_today"
    )

    def _compute_hub_spent_today(self):
        keys = {company: _day_key(company) for company in self}
        spent = self.env["sms.hub.spend"]._spent(set(keys.values()))
        for company in self:
            company.hub_spent_today = spent[keys[company]]

    def write(self, vals):
        """Override of `base`: a limit that was raised lets go what waited for it."""
        result = super().write(vals)
        if "hub_daily_spend" in vals:
            self.env["sms.hub.message"]._release_spent(
                "spend_day", [("company_id", "in", self.ids)]
            )
        return result


class MailingMailing(models.Model):
    """What a mailing may cost, and what it cost so far."""

    _inherit = "mailing.mailing"

    hub_currency_id = fields.Many2one(related="hub_company_id.currency_id")
    hub_spend_limit = fields.Monetary(
        "May Cost",
        currency_field="hub_currency_id",
        copy=False,
        help="What costs more waits until this limit is raised; 0 sets no limit.",
    )
    hub_spent = fields.Monetary(
        "Cost so Far", currency_field="hub_currency_id", compute="_compute_hub_spent"
    )

    @api.depends("state")
    def _compute_hub_spent(self):
        spent = self.env["sms.hub.spend"]._spent(map(_mailing_key, self.ids))
        for mailing in self:
            mailing.hub_spent = spent.get(_mailing_key(mailing._origin.id), 0)

    def write(self, vals):
        """Override of `mass_mailing`: a limit that was raised lets go what waited."""
        result = super().write(vals)
        if "hub_spend_limit" in vals:
            self.env["sms.hub.message"]._release_spent(
                "spend_campaign", [("mailing_id", "in", self.ids)]
            )
        return result


class SmsHubSpend(models.Model):
    """Who waits for money."""

    _inherit = "sms.hub.spend"

    def _waiting(self, companies):
        """Return ``[(company, texts held by the day, texts held by a mailing)]``."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT company_id, COUNT(*) FILTER (WHERE reason = 'spend_day'),
                       COUNT(*) FILTER (WHERE reason = 'spend_campaign')
                  FROM sms_hub_message
                 WHERE state = 'held' AND reason IN ('spend_day', 'spend_campaign')
                   AND company_id = ANY(%s)
                 GROUP BY company_id
                """,
                companies.ids,
            )
        )
        return [(companies.browse(one), *counts) for one, *counts in rows]


class SmsHubMessage(models.Model):
    """What waits for money."""

    _inherit = "sms.hub.message"

    # asked for once a minute, and when a limit is raised
    _spend_idx = models.Index(
        "(company_id, reason) WHERE state = 'held'"
        " AND reason IN ('spend_day', 'spend_campaign')"
    )

    def _release_spent(self, reason, domain):
        """Let go what a limit on spending holds; the claim asks for it once more."""
        held = [("state", "=", "held"), ("reason", "=", reason), *domain]
        if self.sudo().search(held)._move("release"):
            self.env["sms.hub.dispatcher"]._wake()
