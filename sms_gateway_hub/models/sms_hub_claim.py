import logging
from collections import defaultdict
from datetime import timedelta

from psycopg2.extras import Json

from odoo import models
from odoo.tools import SQL

from ..policy import shares
from ..tools.dispatch import AHEAD_OF_RATE, LATEST_SECONDS, Batch, Claim, to_sms
from ..tools.rates import rates_of, room_of, sender_key

_logger = logging.getLogger(__name__)

_COLUMNS = (
    # what is handed over
    *("id", "uuid", "number", "body", "sender", "purpose", "encoding", "segments"),
    *("template_ref", "lane", "alone", "expires_at"),
    *("sender_id", "country_code", "sender_reason", "tried", "hops"),
    # what the answer is stored by
    *("epoch", "attempts", "request_id"),
    # what the gate asks for
    *("door", "partner_id", "res_model", "res_id", "scope_id", "batch_size"),
    *("batch_parts", "over_limit", "released_reasons", "mailing_id", "text_hash"),
)


#: What is claimed leaves within this time.
_AHEAD = timedelta(seconds=LATEST_SECONDS)
#: Texts that one claim takes at most: a code that comes meanwhile waits for its end.
_AT_ONCE = 100
#: How often one claim looks behind messages whose numbers are locked.
_LOOKS = 4
#: Refusals that may be due to other messages of the same claim.
_DUE_TO_OTHERS = ("repeated", "cap", "spend_day", "spend_campaign")


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
        free = self._hub_run(lambda one: one._free_threads(settings, busy))
        batches, refused = [], 0
        for lane in settings.lanes:
            reserve = 0 if lane == "urgent" else settings.reserve
            room = free - len(batches) - reserve
            if room <= 0:
                continue
            per_request = settings.bulk_size if lane == "marketing" else 1
            try:
                claim = self._hub_run(
                    lambda one, *args: one._claim(*args),
                    *(settings, lane, room, per_request),
                )
            except Exception:
                if not batches:
                    raise
                # what is claimed leaves first, or nobody would know what became of it
                _logger.exception("Nothing could be claimed from a lane.")
                break
            batches += claim.work
            refused += claim.refused
        return Claim(batches, refused)

    def _free_threads(self, settings, busy):
        """Return how many requests may start now: threads and circuit."""
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
        if probing:
            # the circuit was open: one request finds out whether the platform is back
            return settings.reserve + 1 if not busy else 0
        return settings.parallel - busy

    # === RATES === #

    def _open_senders(self, settings):
        """Hook: return ``{id: parts per second}`` of the senders that may send now.

        Those of the gateway, the archived ones too, whose texts still wait; 0 is the
        account itself. A rate of 0 is none.
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id, rate FROM sms_hub_sender WHERE gateway_id = %s",
                settings.gateway_id,
            )
        )
        return {0: 0, **dict(rows)}

    def _room_at_rates(self, settings, lane):
        """Return how much may leave a lane within the time that is claimed ahead.

        :return: requests of the account, and parts of each sender; ``None`` for any
            number
        """
        urgent, account = lane == "urgent", settings.account_key
        senders = self._open_senders(settings)
        names = {sender_id: sender_key(sender_id) for sender_id in senders}
        asked = rates_of(account, settings.rate, urgent)
        for sender_id, rate in senders.items():
            asked += rates_of(names[sender_id], rate, urgent)
        rooms = self.env["sms.hub.account"]._rooms(
            dict(filter(None, asked)), AHEAD_OF_RATE[lane]
        )
        return room_of(rooms, account, settings.rate, urgent), {
            sender_id: room_of(rooms, names[sender_id], rate, urgent)
            for sender_id, rate in senders.items()
        }

    # === CLAIM === #

    def _claim(self, settings, lane, room, per_request):
        """Claim what may go out now from one lane.

        :param room: how many requests may start
        :param per_request: how many messages may share one
        :return: :class:`Claim` with the batches
        """
        gateway = self.env["sms.hub.gateway"].sudo().browse(settings.gateway_id)
        requests, parts = self._room_at_rates(settings, lane)
        room = min(room, max(1, _AT_ONCE // per_request))
        room = room if requests is None else min(room, requests)
        rows = self._lock_rows(settings, lane, room * per_request, parts)
        counted = self.env["sms.hub.gate"]._counted_numbers(gateway, rows)
        self.env["sms.hub.number.lock"]._count(counted)
        batches, refused = self._choose(settings, gateway, rows, room, per_request)
        self._refuse(refused)
        self._take(settings, [row for batch in batches for row in batch.rows])
        return Claim(batches, len(refused))

    def _lock_rows(self, settings, lane, limit, parts):
        """Lock due messages and their numbers, and look behind those that are taken.

        One number that somebody works on for long must not stop all behind it.

        :param parts: ``{sender id: parts}`` that each may send; ``None`` for any number
        """
        found, busy = [], set()
        for _look in range(_LOOKS):
            rows = self._lock_due(
                settings,
                lane,
                limit - len(found),
                parts=_without(parts, found),
                known=[row["id"] for row in found],
                busy=busy,
            )
            free = self._lock_numbers(rows)
            found += free
            if len(free) == len(rows):
                break
            busy |= {row["number"] for row in rows} - {row["number"] for row in free}
        return found

    def _lock_due(self, settings, lane, limit, parts=None, known=(), busy=()):
        """Lock due messages that no other worker has; return them as dicts.

        Sender by sender, so that a slow one keeps nobody waiting.

        :param parts: as for :meth:`_lock_rows`; of all open senders if there are none
        :param known: ids of rows, and
        :param busy: numbers, that are left out
        """
        if parts is None:
            parts = dict.fromkeys(self._open_senders(settings))
        # a text has one part at least
        most = {
            sender_id: limit if room is None else min(limit, room)
            for sender_id, room in parts.items()
        }
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT due.*, COALESCE(sender.rate, 0) AS sender_rate
                  FROM unnest(%(senders)s, %(most)s) AS open(sender_id, most)
                  LEFT JOIN sms_hub_sender AS sender ON sender.id = open.sender_id,
                       LATERAL (
                           SELECT m.not_before, %(columns)s FROM sms_hub_message AS m
                            WHERE m.state = 'queued' AND m.direction = 'out'
                              AND m.lane = %(lane)s AND m.gateway_id = %(gateway)s
                              AND COALESCE(m.sender_id, 0) = open.sender_id
                              AND m.not_before <= clock_timestamp() AT TIME ZONE 'UTC'
                              AND NOT m.id = ANY(%(known)s)
                              AND NOT m.number = ANY(%(busy)s)
                              AND EXISTS (
                                  SELECT 1 FROM sms_hub_gateway AS gateway
                                   WHERE gateway.id = m.gateway_id
                                     AND gateway.state = 'active')
                              AND NOT EXISTS (
                                  SELECT 1 FROM sms_hub_event AS event
                                   WHERE event.number = m.number AND event.unread)
                            ORDER BY m.not_before, m.id
                            LIMIT open.most
                              FOR NO KEY UPDATE OF m SKIP LOCKED
                       ) AS due
                 ORDER BY due.not_before, due.id LIMIT %(limit)s
                """,
                senders=list(most),
                most=list(most.values()),
                columns=SQL(", ").join(SQL.identifier("m", name) for name in _COLUMNS),
                lane=lane,
                gateway=settings.gateway_id,
                limit=limit,
                known=list(known),
                busy=list(busy),
            )
        )
        return _within(rows, parts)

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
        allowed, over = self.env["sms.hub.spend"]._afford(gateway, allowed)
        return allowed, {**refused, **over}

    def _refuse(self, refused):
        """Carry out what the gate holds or refuses."""
        others, moved = defaultdict(dict), self._pass_on(refused)
        for row_id, (transition, columns) in refused.items():
            if row_id in moved:
                continue
            others[transition][row_id] = columns
        messages = self.env["sms.hub.message"].sudo()
        for transition, values in others.items():
            messages._move_each(transition, values)
        self.env["sms.hub.housekeeping"]._wake_at(
            columns["not_before"] for columns in others["hold"].values()
        )

    def _pass_on(self, refused):
        """Give to other senders what its own may not carry any more.

        :return: the ids of those rows; another claim takes them
        """
        lost = [
            row_id
            for row_id, (_transition, columns) in refused.items()
            if columns["reason"] == "no_sender"
        ]
        messages = self.env["sms.hub.message"].sudo().browse(lost)
        return set(self.env["sms.hub.router"]._reassign(messages).ids)

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
        gateway = self.env["sms.hub.gateway"].sudo().browse(settings.gateway_id)
        currency = gateway.company_id.currency_id.id
        found = self.env.execute_query(
            SQL(
                """
                UPDATE sms_hub_message AS m
                   SET state = 'claimed', epoch = m.epoch + 1,
                       attempts = m.attempts + 1,
                       evidence = COALESCE(given.evidence, m.evidence),
                       cost = given.cost, cost_currency_id = given.currency,
                       claimed_at = clock_timestamp() AT TIME ZONE 'UTC',
                       lease_until = clock_timestamp() AT TIME ZONE 'UTC' + %s
                  FROM (VALUES %s) AS given(id, evidence, cost, currency)
                 WHERE m.id = given.id
                RETURNING m.id, m.epoch, m.attempts
                """,
                settings.lease,
                SQL(", ").join(
                    SQL(
                        "(%s, %s::jsonb, %s::numeric, %s::int4)",
                        row["id"],
                        _json(row["evidence"]),
                        row["cost"],
                        currency if row["cost"] is not None else None,
                    )
                    for row in rows
                ),
            )
        )
        owned = {row_id: owner for row_id, *owner in found}
        for row in rows:
            row["epoch"], row["attempts"] = owned[row["id"]]
        self.env["sms.hub.spend"]._charge(gateway, rows)


def _json(value):
    return None if value is None else Json(value)


def _within(rows, parts):
    """Return the rows that their senders may send now, and how much fits a request.

    A text that is longer than a second's worth of parts goes alone.
    """
    left, found = dict(parts), []
    for row in rows:
        sender_id, rate = row["sender_id"] or 0, row["sender_rate"]
        if left[sender_id] is not None:
            if left[sender_id] <= 0:
                continue
            left[sender_id] -= row["segments"]
        bulk, _urgent = shares(rate)
        found.append({**row, "most_segments": int(bulk)})
    return found


def _without(parts, rows):
    """Return what senders may send beside these rows."""
    left = dict(parts)
    for row in rows:
        sender_id = row["sender_id"] or 0
        if left[sender_id] is not None:
            left[sender_id] = max(0, left[sender_id] - row["segments"])
    return left
