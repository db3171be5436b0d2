from collections import defaultdict
from datetime import timedelta

from psycopg2.extras import Json

from odoo import models
from odoo.tools import SQL

from ..tools.dispatch import AHEAD_SECONDS, Batch, Claim, to_sms

_COLUMNS = (
    # what is handed over
    *("id", "uuid", "number", "body", "sender", "purpose", "encoding", "segments"),
    *("template_ref", "lane", "alone", "expires_at"),
    *("sender_id", "country_code", "sender_reason", "tried", "hops"),
    # what the answer is stored by
    *("epoch", "attempts", "request_id"),
    # what the gate asks for
    *("door", "partner_id", "res_model", "res_id", "scope_id", "batch_size"),
    *("over_limit", "released_reasons", "mailing_id", "text_hash"),
)


#: What is claimed leaves within this time.
_AHEAD = timedelta(seconds=AHEAD_SECONDS)
#: How often one claim looks behind messages whose numbers are locked.
_LOOKS = 4
#: Refusals that may be due to other messages of the same claim.
_DUE_TO_OTHERS = ("repeated", "cap")


class SmsHubDispatcher(models.AbstractModel):
    """The claim: which waiting messages a worker may hand over now.

    Each lane in a transaction of its own that reads what others commit meanwhile. It
    locks rows that nobody else has, locks their numbers, asks the gate and only then
    claims: the answer cannot rest on older facts than the claim.
    """

    _inherit = "sms.hub.dispatcher"

    def _claim_batches(self, settings, busy):
        """Claim lane by lane, urgent first, and group what may share a request.

        Each lane commits by itself: workers that kept the locks of one lane while they
        ask for those of the next would wait for each other.
        """
        free = self._hub_run(lambda one: one._free_requests(settings, busy))
        batches, refused = [], 0
        for lane in settings.lanes:
            reserve = 0 if lane == "urgent" else settings.reserve
            room = free - len(batches) - reserve
            if room <= 0:
                continue
            per_request = settings.bulk_size if lane == "marketing" else 1
            claim = self._hub_run(
                lambda one, *args: one._claim(*args), settings, lane, room, per_request
            )
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
        rows = self._lock_rows(settings, lane, room * per_request)
        counted = self.env["sms.hub.gate"]._counted_numbers(gateway, rows)
        self.env["sms.hub.number.lock"]._count(counted)
        batches, refused = self._choose(settings, gateway, rows, room, per_request)
        self._refuse(refused)
        self._take(settings, [row for batch in batches for row in batch.rows])
        return Claim(batches, len(refused))

    def _lock_rows(self, settings, lane, limit):
        """Lock due messages and their numbers, and look behind those that are taken.

        One number that somebody works on for long must not stop all behind it.
        """
        found, busy = [], set()
        for _look in range(_LOOKS):
            rows = self._lock_due(
                settings,
                lane,
                limit - len(found),
                known=[row["id"] for row in found],
                busy=busy,
            )
            free = self._lock_numbers(rows)
            found += free
            if len(free) == len(rows):
                break
            busy |= {row["number"] for row in rows} - {row["number"] for row in free}
        return found

    def _lock_due(self, settings, lane, limit, known=(), busy=()):
        """Lock due messages that no other worker has; return them as dicts.

        :param known: ids of rows, and
        :param busy: numbers, that are left out
        """
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT %(columns)s FROM sms_hub_message AS m
                 WHERE m.state = 'queued' AND m.direction = 'out'
                   AND m.lane = %(lane)s AND m.gateway_id = %(gateway)s
                   AND m.not_before <= clock_timestamp() AT TIME ZONE 'UTC'
                   AND NOT m.id = ANY(%(known)s) AND NOT m.number = ANY(%(busy)s)
                   AND EXISTS (
                       SELECT 1 FROM sms_hub_gateway AS gateway
                        WHERE gateway.id = m.gateway_id AND gateway.state = 'active')
                   AND NOT EXISTS (
                       SELECT 1 FROM sms_hub_event AS event
                        WHERE event.number = m.number AND event.unread)
                 ORDER BY m.not_before, m.id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF m SKIP LOCKED
                """,
                columns=SQL(", ").join(SQL.identifier("m", name) for name in _COLUMNS),
                lane=lane,
                gateway=settings.gateway_id,
                limit=limit,
                known=list(known),
                busy=list(busy),
            )
        )

    def _lock_numbers(self, rows):
        """Lock the numbers of locked rows; return the rows that this was possible for.

        From here on nothing that is known about them can change until the commit.
        """
        free = self.env["sms.hub.number.lock"]._share(row["number"] for row in rows)
        return [row for row in rows if row["number"] in free]

    def _choose(self, settings, gateway, rows, room, per_request):
        """Ask the binding question, and group what goes out now.

        What is beyond the free requests stays in the queue, and nothing is refused
        because of it: it may never go out.

        :return: batches, and the refusals as :meth:`_ask_gate` gives them
        """
        while True:
            allowed, refused = self._ask_gate(gateway, rows)
            batches = self._group(settings, allowed, per_request)[:room]
            taken = {row_id for batch in batches for row_id in batch.ids()}
            left = {row["id"] for row in allowed} - taken
            if not left or not any(
                columns["reason"] in _DUE_TO_OTHERS for _t, columns in refused.values()
            ):
                return batches, refused
            rows = [row for row in rows if row["id"] not in left]

    def _ask_gate(self, gateway, rows):
        """Ask the binding question, for the whole time in which these may leave.

        :return: the rows that may go out, with their ``evidence``, and ``{id:
            (transition, columns)}`` of the others
        """
        if not rows:
            return [], {}
        allowed, refused = [], {}
        judgements = self.env["sms.hub.gate"]._judge(gateway, rows, ahead=_AHEAD)
        for row, judgement in zip(rows, judgements, strict=True):
            if refusal := judgement.refusal():
                refused[row["id"]] = refusal
            else:
                allowed.append({**row, "evidence": judgement.evidence})
        return allowed, refused

    def _refuse(self, refused):
        """Carry out what the gate holds or refuses."""
        others = defaultdict(dict)
        for row_id, (transition, columns) in refused.items():
            others[transition][row_id] = columns
        messages = self.env["sms.hub.message"].sudo()
        for transition, values in others.items():
            messages._move_each(transition, values)
        self.env["sms.hub.housekeeping"]._wake_at(
            columns["not_before"] for columns in others["hold"].values()
        )

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
