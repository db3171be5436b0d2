from odoo import models
from odoo.tools import SQL

from ..policy import RouteFacts
from ..policy.routing import usable_for
from .sms_hub_router import same_way_out

#: A circuit that is open for longer is gone around, in seconds; shorter troubles are
#: waited for.
LONG_OPEN = 15


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
        away = self._out_of_reach(gateways)
        lost = frozenset(one.sender_id for one in candidates if one.gateway_id in away)
        return lambda country: lost | pauses.senders_for(country)

    def _out_of_reach(self, gateway_ids):
        """Return which of these gateways have been left alone for long, by id."""
        keys = self._long_open_keys()
        if not keys:
            return set()
        gateways = self.env["sms.hub.gateway"].sudo().browse(gateway_ids)
        return {one.id for one in gateways if one._account_key() in keys}

    def _long_open_keys(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT key FROM sms_hub_account
                 WHERE open_until > clock_timestamp() AT TIME ZONE 'UTC'
                   AND open_since <= clock_timestamp() AT TIME ZONE 'UTC'
                                     - %s * INTERVAL '1 second'
                """,
                LONG_OPEN,
            )
        )
        return {row[0] for row in rows}

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
