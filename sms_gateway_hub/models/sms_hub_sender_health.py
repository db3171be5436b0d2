from odoo import fields, models
from odoo.tools import SQL

from .sms_hub_vocabulary import ERROR_SELECTION

#: What became of texts: states, our own words, and classes of errors.
OUTCOMES = [
    ("delivered", "Delivered"),
    ("accepted", "No Report Yet"),
    ("filtered", "Held Back by Operators"),
    ("other", "Not Delivered"),
    ("unknown", "Unknown"),
    *ERROR_SELECTION,
]
#: Said about what the platform or the network made of a text. Without them nothing is
#: known about it yet, or the platform was not reached at all.
SETTLED = frozenset(code for code, _label in OUTCOMES) - {
    *("accepted", "unknown", "unknown_outcome"),
    *("throttle", "gateway_down", "account"),
}


class SmsHubSenderHealth(models.Model):
    """How texts by a sender fared in a country lately, counted once a minute.

    Counted from the ledger, so that it is right whatever order the reports come in, and
    apart from it, so that nothing waits for a row that everybody writes to.
    """

    _name = "sms.hub.sender.health"
    _description = "Health of an SMS sender"
    _order = "day_count desc, id"
    _log_access = False
    _rec_name = "sender_id"

    sender_id = fields.Many2one(
        "sms.hub.sender", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    gateway_id = fields.Many2one(
        "sms.hub.gateway", required=True, readonly=True, ondelete="cascade"
    )
    country_code = fields.Char(required=True, readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    hour_count = fields.Integer("Last Hour", readonly=True)
    day_count = fields.Integer("Last 24 Hours", readonly=True)
    fresh_count = fields.Integer(
        "Since the Last Pause",
        readonly=True,
        aggregator=None,
        help="Of the last hour, those after the last pause: what a new one is judged "
        "by.",
    )
    refreshed_at = fields.Datetime(readonly=True)

    _unique = models.UniqueIndex("(sender_id, country_code, outcome)")

    def _refresh(self):
        """Count again, for all senders, in a transaction of its own.

        Two at once would count the same: the second one leaves it to the first.

        :return: whether it was counted
        """
        [(mine,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext('sms_hub_sender_health'))")
        )
        if not mine:
            return False
        [(now,)] = self.env.execute_query(
            SQL("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        )
        self.env.execute_query(
            SQL(
                """
                INSERT INTO sms_hub_sender_health AS h (
                    sender_id, company_id, gateway_id, country_code, country_id,
                    outcome, hour_count, day_count, fresh_count, refreshed_at)
                %(counted)s
                ON CONFLICT (sender_id, country_code, outcome) DO UPDATE
                   SET hour_count = EXCLUDED.hour_count,
                       day_count = EXCLUDED.day_count,
                       fresh_count = EXCLUDED.fresh_count,
                       refreshed_at = EXCLUDED.refreshed_at
                RETURNING id
                """,
                counted=self._counted(now),
            )
        )
        self.env.execute_query(
            SQL(
                "DELETE FROM sms_hub_sender_health"
                " WHERE refreshed_at < %s RETURNING id",
                now,
            )
        )
        self.invalidate_model()
        return True

    def _counted(self, now):
        """Return the query that counts what became of the texts of a day."""
        return SQL(
            """
            SELECT told.sender_id, s.company_id, s.gateway_id, told.country_code,
                   MIN(c.id), told.outcome,
                   count(*) FILTER (WHERE told.at > %(now)s - INTERVAL '1 hour'),
                   count(*) FILTER (WHERE told.at > %(now)s - INTERVAL '1 day'),
                   count(*) FILTER (
                       WHERE told.at > GREATEST(
                           %(now)s - INTERVAL '1 hour', here.at, everywhere.at)),
                   %(now)s
              FROM (%(told)s) AS told
              JOIN sms_hub_sender AS s ON s.id = told.sender_id
              LEFT JOIN res_country AS c ON c.code = told.country_code
              LEFT JOIN (%(ended)s) AS here
                ON here.sender_id = told.sender_id
               AND here.country_code = told.country_code
              LEFT JOIN (%(ended)s) AS everywhere
                ON everywhere.sender_id = told.sender_id
               AND everywhere.country_code IS NULL
             GROUP BY told.sender_id, s.company_id, s.gateway_id, told.country_code,
                      told.outcome
            """,
            now=now,
            told=SQL("%s UNION ALL %s", self._results(now), self._replaced(now)),
            ended=SQL(
                # Odoo keeps seconds, cut off
                "SELECT sender_id, country_code,"
                "       MAX(ended_at) + INTERVAL '1 second' AS at"
                "  FROM sms_hub_sender_pause GROUP BY sender_id, country_code"
            ),
        )

    def _results(self, now):
        """Return the query for the latest result of each text."""
        return SQL(
            """
            SELECT m.sender_id, m.country_code, m.claimed_at AS at,
                   CASE WHEN m.state IN ('delivered', 'accepted', 'unknown')
                        THEN m.state
                        WHEN m.error_class = 'content' AND m.accepted_at IS NOT NULL
                        THEN 'filtered'
                        ELSE COALESCE(m.error_class, 'other') END AS outcome
              FROM sms_hub_message AS m
             WHERE m.direction = 'out' AND m.claimed_at > %s - INTERVAL '1 day'
               AND m.sender_id IS NOT NULL AND m.country_code IS NOT NULL
               AND (m.state IN ('delivered', 'accepted', 'unknown', 'failed')
                    OR m.state = 'expired' AND m.reason IS NULL)
            """,
            now,
        )

    def _replaced(self, now):
        """Return the query for refusals after which another sender took over."""
        return SQL(
            """
            SELECT (hop ->> 'sender')::int, m.country_code,
                   (hop ->> 'at')::timestamp, hop ->> 'why'
              FROM sms_hub_message AS m, jsonb_array_elements(m.hops) AS hop
             WHERE m.direction = 'out' AND m.claimed_at > %s - INTERVAL '1 day'
               AND m.hops IS NOT NULL AND m.country_code IS NOT NULL
               AND hop ->> 'sender' IS NOT NULL
               AND hop ->> 'why' NOT IN ('paused', 'unreachable')
               AND hop ->> 'counted' IS NULL
            """,
            now,
        )
