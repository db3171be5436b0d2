from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from odoo import fields, models
from odoo.tools import SQL

from .sms_hub_dispatcher import LANES

#: What is waiting is counted up to here; more than that is "more than that".
COUNT_LIMIT = 100_000
#: Requests looked at for texts without a report.
_UNREPORTED_LIMIT = 5_000


class Lane(NamedTuple):
    """What is due in a lane of a gateway; ``oldest`` is the wait in seconds."""

    name: str
    count: int
    oldest: float


class Circuit(NamedTuple):
    """An account that is left alone, until when and why."""

    until: datetime
    reason: str


class GatewayFigures(NamedTuple):
    """How one gateway does; moments are naive UTC."""

    gateway: models.Model
    lanes: tuple[Lane, ...]
    #: requests per second, over the last minute
    rate_used: float
    last_push: datetime | None
    last_poll: datetime | None
    last_report: datetime | None
    #: texts accepted since the last report, and minutes since the first of them
    unreported: int
    silent_minutes: float | None
    circuit: Circuit | None
    key_days: float | None
    #: name, amount, days left or ``None``
    balances: tuple[tuple[str, float, float | None], ...]
    refused: int


class CronFigures(NamedTuple):
    """A scheduled action of the hub and how it does."""

    cron: models.Model
    #: it has to be on, or nothing works
    needed: bool
    #: seconds by which its next run is late
    late: float


class SmsHubHealth(models.AbstractModel):
    """What the hub does right now, in figures; each costs one cheap query.

    Waiting rows are counted along partial indexes and up to a limit, so that the size
    of the ledger does not matter.
    """

    _name = "sms.hub.health"
    _inherit = ["sms.hub.transaction"]
    _description = "Health of the SMS hub"

    # === GATEWAYS === #

    def _gateway_figures(self, companies):
        """Return :class:`GatewayFigures` of what is in use in these companies."""
        gateways = (
            self.env["sms.hub.gateway"]
            .sudo()
            .search([("company_id", "in", companies.ids), ("state", "!=", "draft")])
        )
        if not gateways:
            return []
        ids = tuple(gateways.ids)
        lanes, rates = self._lanes(ids), self._rates(ids)
        events, unreported = self._last_events(ids), self._unreported(ids)
        circuits = self._circuits(gateways)
        balances = self.env["sms.hub.balance"]._latest(gateways)
        refused = self.env["sms.hub.refusal"]._last_hour()
        now = fields.Datetime.now()
        return [
            GatewayFigures(
                gateway,
                lanes=tuple(lanes[gateway.id]),
                rate_used=rates.get(gateway.id, 0) / 60,
                last_push=events.get((gateway.id, "push")),
                last_poll=events.get((gateway.id, "poll")),
                last_report=events.get((gateway.id, "dlr")),
                unreported=unreported.get(gateway.id, (0, None))[0],
                silent_minutes=unreported.get(gateway.id, (0, None))[1],
                circuit=circuits.get(gateway.id),
                key_days=gateway.api_key_set_at
                and (now - gateway.api_key_set_at).total_seconds() / 86400
                or None,
                balances=tuple(balances.get(gateway.id, ())),
                refused=refused.get(gateway.id, 0),
            )
            for gateway in gateways
        ]

    def _lanes(self, gateway_ids):
        """Return the :class:`Lane` figures of each gateway.

        Sender by sender, as the index of the claim has them: neither what is planned
        for later nor an order of its own makes a large campaign be read to its end.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT g.id, lane.name, SUM(due.count)::int,
                       COALESCE(EXTRACT(EPOCH FROM
                           clock_timestamp() AT TIME ZONE 'UTC' - MIN(due.oldest)), 0)
                  FROM unnest(%(ids)s) AS g(id)
                 CROSS JOIN unnest(%(lanes)s) WITH ORDINALITY AS lane(name, turn),
                       LATERAL (
                           SELECT id FROM sms_hub_sender WHERE gateway_id = g.id
                            UNION ALL SELECT 0
                       ) AS sender,
                       LATERAL (
                           SELECT count(*), MIN(not_before) AS oldest FROM (
                               SELECT not_before FROM sms_hub_message AS m
                                WHERE m.state = 'queued' AND m.direction = 'out'
                                  AND m.gateway_id = g.id AND m.lane = lane.name
                                  AND COALESCE(m.sender_id, 0) = sender.id
                                  AND m.not_before
                                      <= clock_timestamp() AT TIME ZONE 'UTC'
                                ORDER BY m.not_before LIMIT %(limit)s) AS first
                       ) AS due
                 GROUP BY g.id, lane.name, lane.turn ORDER BY g.id, lane.turn
                """,
                ids=list(gateway_ids),
                lanes=list(LANES),
                limit=COUNT_LIMIT,
            )
        )
        found = defaultdict(list)
        for gateway_id, lane, count, oldest in rows:
            found[gateway_id].append(Lane(lane, count, float(oldest)))
        return found

    def _rates(self, gateway_ids):
        """Return the requests of the last minute, by gateway."""
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT gateway_id, count(*) FROM sms_hub_request
                     WHERE gateway_id IN %s
                       AND started_at > clock_timestamp() AT TIME ZONE 'UTC'
                                        - INTERVAL '1 minute'
                     GROUP BY gateway_id
                    """,
                    gateway_ids,
                )
            )
        )

    def _last_events(self, gateway_ids):
        """Return when something last came, by gateway and way, and the last report.

        :return: ``{(gateway id, "push" | "poll" | "dlr"): moment}``
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT g.id, kind, source, last.at
                  FROM unnest(%s) AS g(id)
                 CROSS JOIN unnest(ARRAY['dlr', 'inbound', 'unreadable']) AS kind
                 CROSS JOIN unnest(ARRAY['push', 'poll']) AS source,
                       LATERAL (
                           SELECT e.received_at AS at FROM sms_hub_event AS e
                            WHERE e.gateway_id = g.id AND e.kind = kind
                              AND e.source = source
                            ORDER BY e.received_at DESC LIMIT 1) AS last
                """,
                list(gateway_ids),
            )
        )
        found = {}
        for gateway_id, kind, source, moment in rows:
            names = (source, kind) if kind == "dlr" else (source,)
            for name in names:
                key = gateway_id, name
                found[key] = max(moment, found.get(key, moment))
        return found

    def _unreported(self, gateway_ids):
        """Return the texts accepted since the last report, a day back at most.

        :return: ``{gateway id: (texts, minutes since the first of them)}``
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT g.id, SUM(sent.message_count)::int, EXTRACT(EPOCH FROM
                           clock_timestamp() AT TIME ZONE 'UTC' - MIN(sent.ended_at))
                  FROM unnest(%(ids)s) AS g(id),
                       LATERAL (
                           SELECT MAX(last.at) AS at
                             FROM unnest(ARRAY['push', 'poll']) AS source,
                                  LATERAL (
                                      SELECT e.received_at AS at
                                        FROM sms_hub_event AS e
                                       WHERE e.gateway_id = g.id AND e.kind = 'dlr'
                                         AND e.source = source
                                       ORDER BY e.received_at DESC LIMIT 1) AS last
                       ) AS report,
                       LATERAL (
                           SELECT r.message_count, r.ended_at
                             FROM sms_hub_request AS r
                            WHERE r.gateway_id = g.id AND r.platform_ref IS NOT NULL
                              AND r.started_at > GREATEST(
                                  report.at, clock_timestamp() AT TIME ZONE 'UTC'
                                             - INTERVAL '1 day')
                            ORDER BY r.started_at LIMIT %(limit)s) AS sent
                 GROUP BY g.id
                """,
                ids=list(gateway_ids),
                limit=_UNREPORTED_LIMIT,
            )
        )
        return {
            gateway_id: (count, float(seconds) / 60)
            for gateway_id, count, seconds in rows
        }

    def _circuits(self, gateways):
        """Return the accounts that are left alone right now, by gateway id."""
        accounts = {
            key: Circuit(until, reason or "")
            for key, until, reason in self.env.execute_query(
                SQL(
                    """
                    SELECT key, open_until, open_reason FROM sms_hub_account
                     WHERE open_until > clock_timestamp() AT TIME ZONE 'UTC'
                    """
                )
            )
        }
        found = {}
        for gateway in gateways if accounts else ():
            key = gateway._account_key()
            if key in accounts:
                found[gateway.id] = accounts[key]
        return found

    # === COMPANIES === #

    def _unknown_counts(self, companies):
        """Return the texts of unknown fate, by company id."""
        return self._count(
            "SELECT company_id, count(*) FROM sms_hub_message"
            " WHERE state = 'unknown' AND company_id IN %s GROUP BY company_id",
            companies,
        )

    def _dead_counts(self, companies):
        """Return the events put aside, by company id."""
        return self._count(
            "SELECT company_id, count(*) FROM sms_hub_event"
            " WHERE state = 'dead' AND company_id IN %s GROUP BY company_id",
            companies,
        )

    def _count(self, query, companies):
        # what this transaction changed is in the table before it is counted
        self.env["sms.hub.message"].flush_model()
        self.env["sms.hub.event"].flush_model()
        return dict(self.env.execute_query(SQL(query, tuple(companies.ids))))

    # === SCHEDULED ACTIONS === #

    def _cron_figures(self):
        """Return :class:`CronFigures` of the hub's scheduled actions."""
        # sudo: scheduled actions are the system administrators'; their names are not
        crons = (
            self.env["ir.cron"]
            .sudo()
            .with_context(active_test=False)
            .search([("model_id.model", "=like", "sms.hub.%")], order="priority, id")
        )
        spare, now = self._spare_crons(), fields.Datetime.now()
        return [
            CronFigures(
                cron,
                needed=cron not in spare,
                late=max(0.0, (now - cron.nextcall).total_seconds()),
            )
            for cron in crons
        ]

    def _spare_crons(self):
        """Hook: return the scheduled actions that may be off while all is well.

        The further dispatchers, which a setting switches on; whoever runs the slices by
        other means adds those it replaces.
        """
        _first, *others = self.env["sms.hub.dispatcher"]._slots().values()
        return self.env["ir.cron"].sudo().union(*others)
