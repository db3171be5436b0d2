from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..policy.identity import same_numbers

_BATCH = 1000


class SmsHubConsent(models.Model):
    """Consent that nobody used for long is no consent any more.

    Whoever agreed years ago and never heard from us does not remember it. When a
    consent was last used is looked up in the messages, and only for those that are
    about to expire: noting it with every text would cost every text.
    """

    _inherit = "sms.hub.consent"

    @api.model
    def _run_expiry(self):
        """The entry point of the cron: go on until nothing is left, or time is up."""
        companies = self.env["res.company"].sudo()
        for company in companies.search([("hub_consent_months", ">", 0)]):
            before = fields.Datetime.now() - relativedelta(
                months=company.hub_consent_months
            )
            while count := self._expire_some(company, before):
                if not self.env["ir.cron"]._commit_progress(count):
                    return

    def _expire_some(self, company, before):
        """Look up the use of some old consents, and expire those without any.

        :param before: naive UTC; what was used later stays
        :return: how many were looked at; none of them is looked at again
        """
        old = self._unused_since(company, before)
        used = self._last_used(company, {number for number, _scope in old})
        self._store_use(company, used)
        self.sudo()._record(
            [
                {
                    "company": company,
                    "number": number,
                    "scope": scope,
                    "action": "expired",
                    "source": "system",
                    "note": self.env._(
                        "Not used since %(date)s.", date=fields.Date.to_string(before)
                    ),
                }
                for number, scope in old
                if number not in used or used[number] < before
            ]
        )
        return len(old)

    def _unused_since(self, company, before):
        """Return ``(number, scope)`` of consents that may be too old, the oldest first.

        Some of them, and only of marketing: nothing else needs consent.
        """
        topics = self.env["sms.hub.scope"].sudo().with_context(active_test=False)
        scopes = topics.search([("purpose", "=", "marketing")]).mapped("code")
        return self.env.execute_query(
            SQL(
                """
                SELECT number, scope FROM sms_hub_consent
                 WHERE company_id = %s AND scope = ANY(%s)
                   AND value IN ('granted', 'unproven')
                   AND GREATEST(since, last_used_at) < %s
                 ORDER BY GREATEST(since, last_used_at), id LIMIT %s
                """,
                company.id,
                scopes,
                before,
                _BATCH,
            )
        )

    def _last_used(self, company, numbers):
        """Return when marketing was last accepted for each number that got any.

        :param numbers: in canonical spelling
        :return: ``{number: naive UTC}``
        """
        if not numbers:
            return {}
        self.env["sms.hub.message"].flush_model()
        pairs = [(one, number) for number in numbers for one in same_numbers(number)]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT known.number, MAX(m.accepted_at)
                  FROM (VALUES %s) AS known(spelling, number)
                  JOIN sms_hub_message m ON m.number = known.spelling
                 WHERE m.company_id = %s AND m.purpose = 'marketing'
                   AND m.accepted_at IS NOT NULL
                 GROUP BY known.number
                """,
                SQL(", ").join(SQL("%s", pair) for pair in pairs),
                company.id,
            )
        )
        return dict(rows)

    def _store_use(self, company, used):
        if not used:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE sms_hub_consent AS c SET last_used_at = known.moment
                  FROM (VALUES %s) AS known(number, moment)
                 WHERE c.company_id = %s AND c.number = known.number
                """,
                SQL(", ").join(SQL("%s", pair) for pair in used.items()),
                company.id,
            )
        )
        self.invalidate_model(["last_used_at"], flush=False)
