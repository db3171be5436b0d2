from collections import defaultdict

from psycopg2.extras import Json

from odoo import models
from odoo.tools import SQL

from ..tools.dispatch import AHEAD_SECONDS, Batch, Claim, to_sms
from .sms_hub_dispatcher import LANES

_COLUMNS = (
    # what is handed over
    *("id", "uuid", "number", "body", "sender", "purpose", "encoding", "segments"),
    *("template_ref", "lane", "alone", "expires_at"),
    # what the answer is stored by
    *("epoch", "attempts", "request_id"),
    # what the gate asks for
    *("door", "partner_id", "res_model", "res_id", "scope_id", "batch_size"),
    *("over_limit", "released_reasons"),
)


class SmsHubDispatcher(models.AbstractModel):
    """The claim: which waiting messages a worker may hand over now.

    In a transaction of its own that reads what others commit meanwhile. It locks rows
    that nobody else has, locks their numbers, asks the gate and only then claims: the
    answer cannot rest on older facts than the claim.
    """

    _inherit = "sms.hub.dispatcher"

    def _claim_batches(self, settings, busy):
        """Claim lane by lane, urgent first, and group what may share a request."""
        free = self._free_requests(settings, busy)
        batches, refused = [], 0
        for lane in LANES:
            reserve = 0 if lane == "urgent" else settings.reserve
            room = free - len(batches) - reserve
            if room <= 0:
                continue
            per_request = settings.bulk_size if lane == "marketing" else 1
            claim = self._claim(settings, lane, room, per_request)
            batches += claim.work
            refused += claim.refused
        return Claim(batches, refused)

    def _free_requests(self, settings, busy):
        """Return how many requests may start now: threads, circuit and rate."""
        account = self.env["sms.hub.account"]
        [(is_open, probing)] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(bool_or(
                           open_until > clock_timestamp() AT TIME ZONE 'UTC'), FALSE),
                       COALESCE(bool_or(open_until IS NOT NULL), FALSE)
                  FROM sms_hub_account WHERE key = %s
                """,
                settings.account_key,
            )
        )
        if is_open:
            return 0
        free = settings.parallel - busy
        if probing:
            # the circuit was open: one request finds out whether the platform is back
            return settings.reserve + 1 if not busy else 0
        if settings.rate > 0:
            ahead = account._seconds_ahead(settings.account_key)
            free = min(free, int((AHEAD_SECONDS - ahead) * settings.rate) + 1)
        return free

    def _claim(self, settings, lane, room, per_request):
        """Claim what may go out now from one lane.

        :param room: how many requests may start
        :param per_request: how many messages may share one
        :return: :class:`Claim` with the batches
        """
        gateway = self.env["sms.hub.gateway"].sudo().browse(settings.gateway_id)
        rows = self._lock_due(settings, lane, room * per_request)
        rows = self._lock_numbers(gateway, rows)
        allowed = self._ask_gate(gateway, rows)
        # what is beyond the free requests stays in the queue
        batches = self._group(settings, allowed, per_request)[:room]
        self._take(settings, [row for batch in batches for row in batch.rows])
        return Claim(batches, len(rows) - len(allowed))

    def _lock_due(self, settings, lane, limit):
        """Lock due messages that no other worker has; return them as dicts."""
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT %(columns)s FROM sms_hub_message AS m
                 WHERE m.state = 'queued' AND m.direction = 'out'
                   AND m.lane = %(lane)s AND m.gateway_id = %(gateway)s
                   AND m.not_before <= clock_timestamp() AT TIME ZONE 'UTC'
                   AND EXISTS (
                       SELECT 1 FROM sms_hub_gateway AS gateway
                        WHERE gateway.id = m.gateway_id AND gateway.state = 'active')
                   AND NOT EXISTS (
                       SELECT 1 FROM sms_hub_event AS event
                        WHERE event.number = m.number
                          AND event.state = 'new' AND event.kind = 'inbound')
                 ORDER BY m.not_before, m.id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF m SKIP LOCKED
                """,
                columns=SQL(", ").join(SQL.identifier("m", name) for name in _COLUMNS),
                lane=lane,
                gateway=settings.gateway_id,
                limit=limit,
            )
        )

    def _lock_numbers(self, gateway, rows):
        """Lock the numbers of locked rows; return the rows that this was possible for.

        From here on nothing that the gate looks at can change until the commit.
        """
        locks = self.env["sms.hub.number.lock"]
        free = locks._share(row["number"] for row in rows)
        rows = [row for row in rows if row["number"] in free]
        locks._count(self.env["sms.hub.gate"]._counted_numbers(gateway, rows))
        return rows

    def _ask_gate(self, gateway, rows):
        """Ask the binding question, and carry out what the gate holds or refuses.

        :return: the rows that may go out; ``evidence`` is added to them
        """
        if not rows:
            return []
        allowed, others = [], defaultdict(dict)
        judgements = self.env["sms.hub.gate"]._judge(gateway, rows)
        for row, judgement in zip(rows, judgements, strict=True):
            if refusal := judgement.refusal():
                transition, columns = refusal
                others[transition][row["id"]] = columns
            else:
                allowed.append({**row, "evidence": judgement.evidence})
        messages = self.env["sms.hub.message"].sudo()
        for transition, values in others.items():
            messages._move_each(transition, values)
        self.env["sms.hub.housekeeping"]._wake_at(
            columns["not_before"] for columns in others["hold"].values()
        )
        return allowed

    def _group(self, settings, rows, per_request):
        """Group rows into requests; a number occurs once per request."""
        groups = defaultdict(list)
        for row in sorted(rows, key=lambda row: row["id"]):
            envelope, sms = settings.envelope(row), to_sms(row)
            key = (settings.client.batch_key(envelope, sms), envelope)
            for batch in groups[key]:
                if len(batch.rows) < per_request and batch.accepts(row, sms):
                    batch.add(row, sms)
                    break
            else:
                groups[key].append(Batch(envelope, row, sms))
        return [batch for group in groups.values() for batch in group]

    def _take(self, settings, rows):
        """Claim locked rows: they are this worker's until the lease ends.

        The rows learn by which claim they are owned.
        """
        if not rows:
            return
        found = self.env.execute_query(
            SQL(
                """
                UPDATE sms_hub_message AS m
                   SET state = 'claimed', epoch = m.epoch + 1,
                       attempts = m.attempts + 1,
                       evidence = COALESCE(given.evidence, m.evidence),
                       claimed_at = clock_timestamp() AT TIME ZONE 'UTC',
                       lease_until = clock_timestamp() AT TIME ZONE 'UTC' + %s
                  FROM (VALUES %s) AS given(id, evidence)
                 WHERE m.id = given.id
                RETURNING m.id, m.epoch, m.attempts
                """,
                settings.lease,
                SQL(", ").join(
                    SQL("(%s, %s::jsonb)", row["id"], _json(row["evidence"]))
                    for row in rows
                ),
            )
        )
        owned = {row_id: owner for row_id, *owner in found}
        for row in rows:
            row["epoch"], row["attempts"] = owned[row["id"]]


def _json(value):
    return None if value is None else Json(value)
