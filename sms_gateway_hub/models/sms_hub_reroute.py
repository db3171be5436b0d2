import logging
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..policy.routing import RouteFacts, usable_for
from .sms_hub_vocabulary import LANE_OF_PURPOSE

_logger = logging.getLogger(__name__)

_BATCH = 500
#: Reasons of holds that end with a pause, or with the trouble of an account.
_PAUSED, _ACCOUNT = "sender_paused", "account"
_ALL, _CODES = SQL("TRUE"), SQL("m.purpose = 'otp'")


class Source(NamedTuple):
    """A place where messages wait in vain.

    :param why: what a message will say about its move
    :param condition: :class:`SQL` on the ledger ``m``
    :param country: two letters where it is about one
    """

    why: str
    company_id: int
    condition: SQL
    country: str | None = None


class SmsHubReroute(models.AbstractModel):
    """Moves what waits for a paused sender, or for a platform that does not answer.

    In small committed batches, and never what somebody else is just handing over. What
    nobody else may send waits, and goes on by itself.
    """

    _name = "sms.hub.reroute"
    _inherit = ["sms.hub.transaction"]
    _description = "Other senders for waiting SMS"

    def _run(self, has_time):
        """Move what can be moved and let go what has waited long enough.

        :param has_time: function that tells whether another batch may begin
        :return: how many messages it touched
        """
        done = 0
        while has_time() and (count := self._hub_run(lambda one: one._release_batch())):
            done += count
        for source in self._hub_run(lambda one: one._sources()):
            done += self._move_source(source, has_time)
        if done:
            self.env["sms.hub.dispatcher"]._wake()
        return done

    def _release_batch(self):
        """Queue what waited for senders that work again; return how many."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id FROM sms_hub_message AS m
                 WHERE m.state = 'held' AND m.reason = %s
                   AND NOT EXISTS (
                       SELECT 1 FROM sms_hub_sender_pause AS p
                        WHERE p.sender_id = m.sender_id AND p.state != 'over'
                          AND COALESCE(p.country_code, m.country_code)
                              IS NOT DISTINCT FROM m.country_code)
                 ORDER BY m.id LIMIT %s FOR NO KEY UPDATE OF m SKIP LOCKED
                """,
                _PAUSED,
                _BATCH,
            )
        )
        return len(self._messages(rows)._move("release"))

    # === WHAT HAS TO MOVE === #

    def _sources(self):
        """Return every :class:`Source` there is right now."""
        pauses = self.env.execute_query(
            SQL(
                """
                SELECT company_id, sender_id, country_code FROM sms_hub_sender_pause
                 WHERE state != 'over'
                """
            )
        )
        sources = [self._source_of_pause(*pause) for pause in pauses]
        long, any_time = self._lost_gateways()
        sources += map(self._source_of_gateway, long)
        return sources + [
            self._source_of_gateway(one, _CODES) for one in any_time - long
        ]

    def _source_of_pause(self, company_id, sender_id, country):
        """Return what waits for a paused sender, but for the message on trial."""
        condition = SQL(
            """
            m.sender_id = %s
            AND (m.state = 'queued' OR m.state = 'held' AND m.reason = %s)
            AND NOT EXISTS (SELECT 1 FROM sms_hub_sender_pause AS p
                             WHERE p.probe_id = m.id AND p.state = 'probing')
            """,
            sender_id,
            _PAUSED,
        )
        if country:
            condition = SQL("%s AND m.country_code = %s", condition, country)
        return Source("paused", company_id, condition, country)

    def _source_of_gateway(self, gateway, which=_ALL):
        """Return what waits for a platform that does not answer.

        :param which: :class:`SQL` that chooses among it
        """
        condition = SQL(
            "m.gateway_id = %s AND %s"
            " AND (m.state = 'queued' OR m.state = 'held' AND m.reason = %s)",
            gateway.id,
            which,
            _ACCOUNT,
        )
        return Source("unreachable", gateway.company_id.id, condition)

    def _lost_gateways(self):
        """Return the active gateways whose platform does not answer.

        One that an administrator paused is not among them: there people want to wait.

        :return: those of which this is so for long, and those codes cannot wait for
        """
        gateways = self.env["sms.hub.gateway"].sudo().search([("state", "=", "active")])
        lost = self.env["sms.hub.router"]._out_of_reach(gateways.ids)
        return [gateways.browse(ids) for ids in lost]

    # === MOVING === #

    def _move_source(self, source, has_time):
        """Move what waits at one place, batch by batch; return how many moved."""
        purposes = self._hub_run(lambda one: one._movable_purposes(source))
        last, total = (0 if purposes else None), 0
        while last is not None and has_time():
            last, moved = self._hub_run(
                lambda one, after=last: one._move_batch(source, purposes, after)
            )
            total += moved
        if total:
            _logger.info("%s messages have another sender: %s.", total, source.why)
        return total

    def _movable_purposes(self, source):
        """Return the purposes that somebody else might send, without touching a row."""
        router = self.env["sms.hub.router"]
        company = self.env["res.company"].browse(source.company_id)
        candidates = router._candidates(company)
        country = source.country or ""
        unavailable = router._unavailable(candidates)
        facts = [
            RouteFacts(purpose, country, excluded=unavailable(country, purpose))
            for purpose in LANE_OF_PURPOSE
        ]
        return [one.purpose for one in facts if usable_for(candidates, one)]

    def _move_batch(self, source, purposes, after):
        """Move the next messages.

        :param after: id of the last message that was looked at
        :return: id of the last one looked at now (``None`` at the end), and how many
            moved
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id FROM sms_hub_message AS m
                 WHERE m.direction = 'out' AND m.company_id = %s AND m.id > %s
                   AND m.purpose = ANY(%s) AND %s
                 ORDER BY m.id LIMIT %s FOR NO KEY UPDATE OF m SKIP LOCKED
                """,
                source.company_id,
                after,
                purposes,
                source.condition,
                _BATCH,
            )
        )
        messages = self._messages(rows)
        company = self.env["res.company"].browse(source.company_id)
        moved = self._move_messages(company, messages, source.why)
        return (messages[-1:].id if len(messages) == _BATCH else None), moved

    def _move_messages(self, company, messages, why):
        rows = messages._as_rows()
        others = self.env["sms.hub.router"]._alternatives(company, rows)
        hop = self.env["sms.hub.fallback"]._hop
        values = {
            row["id"]: hop(row, others[row["id"]], why)
            for row in rows
            if others[row["id"]]
        }
        return len(messages._move_each("reroute", values))

    def _messages(self, rows):
        messages = self.env["sms.hub.message"].sudo().browse(row[0] for row in rows)
        messages.invalidate_recordset()
        return messages
