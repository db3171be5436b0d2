import time
from collections import Counter, defaultdict
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack

from odoo import models
from odoo.tools import SQL

from ..policy import Verdict
from ..tools.dispatch import (
    AHEAD_SECONDS,
    SLICE_SECONDS,
    Batch,
    DispatchSettings,
    hand_over,
    to_sms,
)
from .sms_hub_gate import naive

#: Scheduled actions that can dispatch; a setting tells how many of them do.
SLOTS = 4
#: How often a slice that waits for a lease looks for new messages.
_LOOK_SECONDS = 0.5
_LANES = ("urgent", "transactional", "marketing")
_CLAIMED_COLUMNS = (
    "id",
    "uuid",
    "number",
    "body",
    "sender",
    "purpose",
    "encoding",
    "segments",
    "template_ref",
    "lane",
    "epoch",
    "attempts",
    "alone",
    "request_id",
    "expires_at",
)


class SmsHubDispatcher(models.AbstractModel):
    """Hands waiting messages to the platforms.

    A slice claims, commits, and only then talks: every claim is one statement in a
    transaction of its own, the requests run on threads that know neither cursor nor
    lock, and each answer is written back as it comes. Scaling out means more dispatcher
    slots, each of which serves every lane.
    """

    _name = "sms.hub.dispatcher"
    _inherit = ["sms.hub.transaction"]
    _description = "SMS dispatcher"

    # === WAKING === #

    def _wake(self):
        """Start the dispatchers right after the current transaction commits."""
        for number in range(1, SLOTS + 1):
            xmlid = f"sms_gateway_hub.ir_cron_dispatch_{number}"
            slot = self.env.ref(xmlid, raise_if_not_found=False)
            if slot and slot.sudo().active:
                self._trigger_once(xmlid)

    def _trigger_once(self, xmlid):
        """Trigger a cron right after the commit, once however often it is asked for.

        In a transaction of its own: in the caller's, a savepoint that is rolled back
        would take the trigger along, and every trigger would send its own notice.
        """
        hooks = self.env.cr.postcommit
        asked = hooks.data.setdefault("sms_gateway_hub.triggers", set())
        if not asked:
            hooks.add(
                lambda: self._hub_run(
                    lambda dispatcher: dispatcher._trigger_crons(asked)
                )
            )
        asked.add(xmlid)

    def _trigger_crons(self, xmlids):
        for xmlid in sorted(xmlids):
            self.env.ref(xmlid).sudo()._trigger()

    # === SLICE === #

    def _run_slice(self):
        """Dispatch for at most ten seconds; the entry point of a slot's cron."""
        gateways = self.env["sms.hub.gateway"].sudo().search([("state", "=", "active")])
        all_settings = DispatchSettings.of(gateways)
        # let go of this transaction's snapshot: it would hold back vacuum for a slice
        self.env["ir.cron"]._commit_progress()
        deadline = time.monotonic() + SLICE_SECONDS
        with ExitStack() as stack:
            for settings in all_settings:
                stack.enter_context(settings)
            sent = self._serve_until(all_settings, deadline)
        if sent:
            self._trigger_once("sms_gateway_hub.ir_cron_poll")
        # what is due but was not claimed waits for a circuit or a reply, not for us
        if sent and self._hub_run(lambda dispatcher: dispatcher._has_claimable()):
            self._wake()
        self.env["ir.cron"]._commit_progress(sent, remaining=0)
        # last: trouble with core's rows must not keep the next slice asleep
        self.env["sms.hub.mirror"]._run()

    def _serve_until(self, all_settings, deadline):
        """Keep the threads of all gateways busy until nothing is due or time is up.

        :return: how many messages got an answer
        """
        in_flight, answered = {}, 0
        try:
            while True:
                if time.monotonic() < deadline:
                    self._submit_due(all_settings, in_flight)
                if in_flight:
                    answered += self._collect(in_flight)
                elif not self._stay(all_settings, deadline):
                    return answered
        finally:
            # whatever broke a claim: the answers to earlier ones are not lost
            while in_flight:
                self._collect(in_flight)

    def _submit_due(self, all_settings, in_flight):
        """Claim for the free threads of each gateway, and let them talk."""
        busy = Counter(in_flight.values())
        for settings in all_settings:
            for batch, delay in self._next_batches(settings, busy[settings]):
                in_flight[settings.run(hand_over, batch, delay)] = settings

    def _collect(self, in_flight):
        """Store the answers that have come; return how many messages they settle."""
        finished, _others = wait(in_flight, timeout=0.5, return_when=FIRST_COMPLETED)
        answers = defaultdict(list)
        for future in finished:
            answers[in_flight.pop(future)].append(future.result())
        for settings, found in answers.items():
            self.env["sms.hub.writeback"]._store_all(settings, found)
        return sum(
            len(answer.batch.rows) for found in answers.values() for answer in found
        )

    def _stay(self, all_settings, deadline):
        """Wait a little for what is due before the slice ends.

        That is a message to be tried again, the end of a pause of the platform, or the
        lease of another worker: it may have died, its messages then become unknown, and
        nobody else would look at them for up to a minute.

        :return: whether to look for messages again
        """
        lease = self._hub_run(lambda dispatcher: dispatcher._seconds_to_lease_end())
        due = self._hub_run(lambda dispatcher: dispatcher._seconds_to_due(all_settings))
        left = deadline - time.monotonic()
        if lease is not None and left < _LOOK_SECONDS:
            self._wake()
            return False
        if lease is None and (due is None or due > left):
            return False
        self.env["sms.hub.mirror"]._run()
        # what is due but cannot be claimed waits for a reply to be read, or the rate
        wait_for = min(found for found in (lease, due) if found is not None)
        time.sleep(min(wait_for or _LOOK_SECONDS, _LOOK_SECONDS))
        if lease is not None and lease <= _LOOK_SECONDS:
            self.env["sms.hub.housekeeping"]._sweep()
        return True

    def _seconds_to_due(self, all_settings):
        """Return the seconds until a message may be claimed; ``None`` without one."""
        waits = [
            self._seconds_until(
                SQL(
                    """
                    SELECT GREATEST(
                               MIN(next.not_before),
                               (SELECT open_until FROM sms_hub_account WHERE key = %s))
                      FROM unnest(%s) AS lane,
                           LATERAL (
                               SELECT not_before FROM sms_hub_message
                                WHERE state = 'queued' AND direction = 'out'
                                  AND gateway_id = %s
                                  AND sms_hub_message.lane = lane
                                ORDER BY not_before LIMIT 1
                           ) AS next
                    HAVING MIN(next.not_before) IS NOT NULL
                    """,
                    settings.account_key,
                    list(_LANES),
                    settings.gateway_id,
                )
            )
            for settings in all_settings
        ]
        return min((found for found in waits if found is not None), default=None)

    def _seconds_to_lease_end(self):
        """Return the seconds until the first open lease ends; ``None`` without one."""
        return self._seconds_until(
            SQL("SELECT MIN(lease_until) FROM sms_hub_message WHERE state = 'claimed'")
        )

    def _has_claimable(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM sms_hub_message m
                  JOIN sms_hub_gateway g ON g.id = m.gateway_id AND g.state = 'active'
                 WHERE m.state = 'queued' AND m.direction = 'out'
                   AND m.not_before <= clock_timestamp() AT TIME ZONE 'UTC'
                 LIMIT 1
                """
            )
        )
        return bool(rows)

    def _next_batches(self, settings, busy):
        """Claim for the free threads and reserve their time at the platform."""
        account = self.env["sms.hub.account"]
        batches = self._hub_run(
            lambda dispatcher: dispatcher._claim_batches(settings, busy)
        )
        if not batches:
            return []
        first, step = account._reserve_slots(
            settings.account_key, len(batches), settings.rate
        )
        return [(batch, first + step * turn) for turn, batch in enumerate(batches)]

    # === CLAIM (in an own READ COMMITTED transaction) === #

    def _claim_batches(self, settings, busy):
        """Claim lane by lane, urgent first, and group what may share a request."""
        free = self._free_requests(settings, busy)
        batches = []
        for lane in _LANES:
            reserve = 0 if lane == "urgent" else settings.reserve
            room = free - len(batches) - reserve
            if room <= 0:
                continue
            per_request = settings.bulk_size if lane == "marketing" else 1
            rows = self._claim(settings, lane, room * per_request)
            batches += self._group(settings, rows, per_request, room)
        return batches

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

    def _claim(self, settings, lane, limit):
        """Claim due messages in one statement, ask the gate, and keep what it allows.

        :return: dicts of the claimed rows that may go out now
        """
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH due AS (
                    SELECT m.id FROM sms_hub_message AS m
                     WHERE m.state = 'queued' AND m.direction = 'out'
                       AND m.lane = %(lane)s AND m.gateway_id = %(gateway)s
                       AND m.not_before <= clock_timestamp() AT TIME ZONE 'UTC'
                       AND EXISTS (
                           SELECT 1 FROM sms_hub_gateway AS gateway
                            WHERE gateway.id = m.gateway_id
                              AND gateway.state = 'active')
                       AND NOT EXISTS (
                           SELECT 1 FROM sms_hub_event AS event
                            WHERE event.number = m.number
                              AND event.state = 'new' AND event.kind = 'inbound')
                     ORDER BY m.not_before, m.id
                     LIMIT %(limit)s
                       FOR UPDATE SKIP LOCKED)
                UPDATE sms_hub_message AS m
                   SET state = 'claimed', epoch = m.epoch + 1,
                       attempts = m.attempts + 1,
                       claimed_at = clock_timestamp() AT TIME ZONE 'UTC',
                       lease_until = clock_timestamp() AT TIME ZONE 'UTC' + %(lease)s
                  FROM due
                 WHERE m.id = due.id
                RETURNING %(columns)s
                """,
                lease=settings.lease,
                lane=lane,
                gateway=settings.gateway_id,
                limit=limit,
                columns=SQL(", ").join(
                    SQL.identifier("m", name) for name in _CLAIMED_COLUMNS
                ),
            )
        )
        return self._ask_gate(settings, rows) if rows else []

    def _ask_gate(self, settings, rows):
        """The binding question: facts are read after the rows are locked."""
        gateway = self.env["sms.hub.gateway"].sudo().browse(settings.gateway_id)
        messages = self.env["sms.hub.message"].sudo()
        allowed = []
        decisions = self.env["sms.hub.gate"]._decide(gateway, rows)
        for row, decision in zip(rows, decisions, strict=True):
            if decision.verdict is Verdict.ALLOW:
                allowed.append(row)
                continue
            message = messages.browse(row["id"])
            values = {"reason": decision.reason.value, **_undo_claim(row)}
            if decision.verdict is Verdict.HOLD:
                message._move("hold", not_before=naive(decision.until), **values)
            elif decision.reason.value == "expired":
                message._move("expire", **values)
            else:
                message._move("block", **values)
        return allowed

    def _group(self, settings, rows, per_request, room):
        """Group rows into requests; a number occurs once per request.

        Rows beyond the free requests go straight back into the queue.
        """
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
        batches = [batch for group in groups.values() for batch in group]
        for batch in batches[room:]:
            for row in batch.rows:
                self.env["sms.hub.message"].sudo().browse(row["id"])._move(
                    "retry", **_undo_claim(row)
                )
        return batches[:room]


def _undo_claim(row):
    """Return the columns of a claimed row that is not handed over after all."""
    values = {"attempts": row["attempts"] - 1, "lease_until": None}
    if not row["request_id"]:
        # it never was, and its history must not say so
        values["claimed_at"] = None
    return values
