from odoo import models
from odoo.tools import SQL

from ..policy import RouteFacts
from ..policy.routing import usable_for
from .sms_hub_router import same_way_out

#: A circuit that is open for longer is gone around, in seconds; shorter troubles are
#: waited for.
LONG_OPEN = 15
#: But not with codes: people wait for them, and no longer than this, in seconds.
PATIENCE_WITH_CODES = 2


class SmsHubRouter(models.AbstractModel):
    """Senders that rest, and accounts that do not answer, are passed over."""

    _inherit = "sms.hub.router"

    def _unavailable(self, candidates):
        """Override: paused senders, and those whose account is out of reach."""
        if len(candidates) < 2:
            return super()._unavailable(candidates)
        gateways = {one.gateway_id for one in candidates}
        company = self.env["sms.hub.gateway"].sudo().browse(min(gateways)).company_id
        pauses = self.env["sms.hub.sender.pause"]._open(company)
        long, any_time = (
            frozenset(one.sender_id for one in candidates if one.gateway_id in away)
            for away in self._out_of_reach(gateways)
        )
        return lambda country, purpose: (
            pauses.senders_for(country) | (any_time if purpose == "otp" else long)
        )

    def _out_of_reach(self, gateway_ids):
        """Return which of these gateways are left alone, by id.

        :return: two sets: those that have been so for long, and those that codes should
            not wait for either
        """
        circuits = self._open_circuits()
        if not circuits:
            return set(), set()
        gateways = self.env["sms.hub.gateway"].sudo().browse(gateway_ids)
        keys = {one.id: one._account_key() for one in gateways}
        long = {one for one, key in keys.items() if circuits.get(key) is True}
        return long, {one for one, key in keys.items() if key in circuits}

    def _open_circuits(self):
        """Return ``{key: whether for long}`` of the accounts that are left alone."""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT key, open_since <= now.utc - %(long)s * INTERVAL '1 second'
                      FROM sms_hub_account,
                           (SELECT clock_timestamp() AT TIME ZONE 'UTC') AS now(utc)
                     WHERE open_until > now.utc
                       AND (open_since <= now.utc - %(long)s * INTERVAL '1 second'
                            OR open_until > now.utc
                               + %(patience)s * INTERVAL '1 second')
                    """,
                    long=LONG_OPEN,
                    patience=PATIENCE_WITH_CODES,
                )
            )
        )

    def _may_carry(self, sender, message):
        """Tell whether a sender may carry a waiting message, were it not paused."""
        facts = RouteFacts(purpose=message.purpose, country=message.country_code or "")
        known = {one.sender_id: one for one in self._candidates(sender.company_id)}
        mine = known.get(sender.id)
        if message.sender_reason == "explicit" or not mine or mine.waits:
            return False
        if not usable_for([mine], facts):
            return False
        old = known.get(message.sender_id.id)
        return message.purpose != "marketing" or same_way_out(old, mine, facts.country)
