from odoo import models
from odoo.tools import SQL

from ..policy import canonical, same_numbers
from .sms_hub_gate_known import SCOPE_OF_PURPOSE, Known, Limits, Settings


class SmsHubGate(models.AbstractModel):
    """Gathers what is known about a batch, in a number of queries that is constant."""

    _inherit = "sms.hub.gate"

    def _gather(self, gateway, items, now):
        """Return what is known about the messages and their numbers."""
        company = gateway.company_id
        numbers = {item["number"] for item in items if item["number"]}
        spellings = {one for number in numbers for one in same_numbers(number)}
        wanted = {
            item["number"]
            for item in items
            if item["number"] and item["purpose"] in SCOPE_OF_PURPOSE
        }
        recent = self._recent_texts(gateway, items)
        return Known(
            settings=self._settings(gateway, items),
            suppressed=self._suppressed(spellings),
            unread=self._with_unread_reply(spellings),
            wills=self.env["sms.hub.consent"]._states(company, wanted),
            left=self._left_lists(items),
            topics=self._topics(items),
            hours=self._hours_of(company, items),
            recent=self._with_texts(recent, company, items, now),
            misfits=self.env["sms.hub.router"]._misfits(company),
            pauses=self.env["sms.hub.sender.pause"]._open(company),
            unreachable=self.env["sms.hub.number.mark"]._among(company, spellings),
            paused_mailings=self.env["mailing.mailing"]._hub_paused_among(items),
        )

    def _settings(self, gateway, items):
        company = gateway.company_id
        countries = company.hub_country_ids or company.country_id
        # those that other addons and previews ask about may name none
        ids = {item["gateway_id"] for item in items if item.get("gateway_id")}
        limits = {one.id: _limits(one) for one in gateway.browse(ids).sudo()}
        return Settings(
            countries=frozenset(countries.mapped("code")),
            consent_needed=company.hub_marketing_consent == "required",
            codes_pass_stop=company.hub_codes_pass_stop,
            approval_above=company.hub_approval_above,
            approval_parts=company.hub_approval_parts,
            limits={**limits, None: _limits(gateway), False: _limits(gateway)},
        )

    def _suppressed(self, numbers):
        """Return the canonical numbers of those that refused everything, anywhere.

        The ledger's own states are asked as well: a refusal holds for all companies,
        also where its row was lost from the blacklist.
        """
        if not numbers:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                %s
                 UNION ALL
                SELECT number FROM sms_hub_consent
                 WHERE value = 'refused' AND scope = 'all' AND number = ANY(%s)
                """,
                self.env["phone.blacklist"]._hub_among(numbers),
                list(numbers),
            )
        )
        return {canonical(number) for (number,) in rows}

    def _with_unread_reply(self, numbers):
        """Return the canonical numbers of those with a reply that nobody obeyed yet.

        To whichever company it went: a STOP holds for all of them. A reply that could
        not be read counts for as long as that lasts.
        """
        if not numbers:
            return set()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT number FROM sms_hub_event
                 WHERE unread AND number = ANY(%s)
                """,
                list(numbers),
            )
        )
        return {canonical(number) for (number,) in rows}

    def _topics(self, items):
        """Return ``{id: (code, purpose)}`` of the topics that messages name."""
        ids = {item["scope_id"] for item in items if item.get("scope_id")}
        topics = self.env["sms.hub.scope"].sudo().browse(ids)
        return {topic.id: (topic.code, topic.purpose) for topic in topics}


def _limits(gateway):
    return Limits(
        gateway.max_segments,
        gateway._test_digits() if gateway.test_mode else None,
    )
