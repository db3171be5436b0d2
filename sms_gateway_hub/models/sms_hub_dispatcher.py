import time
from collections import Counter, defaultdict
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import ExitStack

from odoo import models
from odoo.tools import SQL

from ..tools.dispatch import (
    LANES,
    LATEST_SECONDS,
    SLICE_SECONDS,
    Answer,
    Claim,
    DispatchSettings,
    hand_over,
    utcnow,
)
from ..tools.rates import ways

#: Scheduled actions that can dispatch; a setting tells how many of them do.
SLOTS = 4
#: How often a slice that waits for a lease looks for new messages.
_LOOK_SECONDS = 0.5


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
        for xmlid, slot in self._slots().items():
            if self._is_used(slot):
                self._trigger_once(xmlid)

    def _slots(self):
        """Return ``{xmlid: scheduled action}`` of all slots there are, in order."""
        found = {
            xmlid: self.env.ref(xmlid, raise_if_not_found=False)
            for xmlid in (
                f"sms_gateway_hub.ir_cron_dispatch_{number}"
                for number in range(1, SLOTS + 1)
            )
        }
        return {xmlid: slot.sudo() for xmlid, slot in found.items() if slot}

    def _waits_for_worker(self):
        """Tell whether a slot was woken and no worker has begun to run it.

        Whoever runs one has locked it; Odoo passes over those that are locked. So does
        this look, for a moment, and whoever asks therefore ends and runs it.
        """
        return self._hub_run(lambda dispatcher: dispatcher._is_slot_woken())

    def _is_slot_woken(self):
        slots = [slot.id for slot in self._slots().values() if slot.active]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM ir_cron AS slot
                 WHERE slot.id = ANY(%s) AND EXISTS (
                       SELECT 1 FROM ir_cron_trigger AS wake
                        WHERE wake.cron_id = slot.id
                          AND wake.call_at <= clock_timestamp() AT TIME ZONE 'UTC')
                   FOR SHARE SKIP LOCKED
                """,
                slots,
            )
        )
        return bool(rows)

    def _is_used(self, slot):
        """Hook: tell whether a slot takes part in dispatching."""
        return slot.active

    def _use(self, slot, used):
        """Hook: let a slot take part in dispatching, or no longer."""
        if slot.active != used:
            slot.active = used

    def _trigger_once(self, xmlid, at=None):
        """Trigger a cron right after the commit, once however often it is asked for.

        In a transaction of its own: in the caller's, a savepoint that is rolled back
        would take the trigger along, and every trigger would send its own notice.

        :param at: run it then instead, naive UTC
        """
        hooks = self.env.cr.postcommit
        asked = hooks.data.setdefault("sms_gateway_hub.triggers", set())
        if not asked:
            hooks.add(
                lambda: self._hub_run(
                    lambda dispatcher: dispatcher._trigger_crons(asked)
                )
            )
        asked.add((xmlid, at))

    def _trigger_crons(self, asked):
        triggers = self.env["ir.cron.trigger"].sudo()
        for xmlid, at in sorted(asked, key=str):
            cron = self.env.ref(xmlid).sudo()
            # many transactions of a large sending wait for the same opening
            known = [("cron_id", "=", cron.id), ("call_at", "=", at)]
            if not at or not triggers.search_count(known, limit=1):
                cron._trigger(at=at)

    # === SLICE === #

    def _run_slice(self, lanes=LANES):
        """Dispatch for at most ten seconds; the entry point of a slot's cron.

        :param lanes: those that it serves, in this order
        """
        self.env["sms.hub.sender.pause"]._start_probes()
        gateways = self.env["sms.hub.gateway"].sudo().search([("state", "=", "active")])
        all_settings = DispatchSettings.of(gateways, lanes)
        # let go of this transaction's snapshot: it would hold back vacuum for a slice
        self.env["ir.cron"]._commit_progress()
        deadline = time.monotonic() + SLICE_SECONDS
        with ExitStack() as stack:
            for settings in all_settings:
                stack.enter_context(settings)
            settled = self._serve_until(all_settings, deadline)
        if settled:
            self._trigger_once("sms_gateway_hub.ir_cron_poll")
        # what is due but was not looked at waits for a circuit or a reply, not for us
        if settled and self._hub_run(lambda one: one._lanes_due(lanes)):
            self._wake()
        self.env["ir.cron"]._commit_progress(remaining=0)
        # last: trouble with core's rows must not keep the next slice asleep; those of a
        # campaign are housekeeping's, since codes wait for the end of this run
        self.env["sms.hub.mirror"]._run(seconds=0)

    def _serve_until(self, all_settings, deadline):
        """Keep the threads of all gateways busy until nothing is due or time is up.

        What is done is told meanwhile: Odoo passes over an action whose worker died
        three times and had done nothing, and those behind would wait a minute more.

        :return: how many messages got an answer, of the platform or of the gate
        """
        in_flight, settled, told, look = {}, 0, 0, time.monotonic()
        poller, asked = self.env["sms.hub.poller"], dict.fromkeys(all_settings, ())
        try:
            while True:
                refused, now = 0, time.monotonic()
                if look < now < deadline:
                    look = now + _LOOK_SECONDS
                    deadline = self._make_room(deadline)
                    for settings, before in asked.items():
                        asked[settings] = poller._ask_beside(settings, before)
                    if settled > told:
                        self.env["ir.cron"]._commit_progress(settled - told)
                        told = settled
                if now < deadline:
                    refused = self._submit_due(all_settings, in_flight)
                    settled += refused
                if in_flight:
                    settled += self._collect(in_flight)
                elif not refused and not self._stay(all_settings, deadline):
                    self.env["ir.cron"]._commit_progress(settled - told)
                    return settled
        finally:
            # whatever broke a claim: the answers to earlier ones are not lost
            while in_flight:
                self._collect(in_flight)
            for settings, last in asked.items():
                poller._finish_beside(settings, last)

    def _make_room(self, deadline):
        """Let a slice end where replies wait that nobody reads.

        Every thread that Odoo has for scheduled actions may be sending, and the replies
        may be refusals. What is due is gone on with behind them.

        :return: when this slice ends
        """
        waiting = self._hub_run(
            lambda dispatcher: dispatcher.env["sms.hub.event"]._is_overdue()
        )
        if not waiting:
            return deadline
        self._wake()
        return time.monotonic()

    def _submit_due(self, all_settings, in_flight):
        """Claim for the free threads of each gateway, and let them talk.

        :return: how many messages the gate held or refused
        """
        busy, refused = Counter(in_flight.values()), 0
        for settings in all_settings:
            claim = self._next_batches(settings, busy[settings])
            refused += claim.refused
            for batch, slot in claim.work:
                in_flight[settings.run(hand_over, batch, slot)] = settings
        return refused

    def _collect(self, in_flight):
        """Store the answers that have come; return how many messages they settle."""
        finished, _others = wait(in_flight, timeout=0.5, return_when=FIRST_COMPLETED)
        answers = defaultdict(list)
        for future in finished:
            answers[in_flight.pop(future)].append(future.result())
        for settings, found in answers.items():
            self.env["sms.hub.writeback"]._store_all(settings, found)
        return sum(
            len(answer.batch.rows)
            for found in answers.values()
            for answer in found
            if answer.reply
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
        self.env["sms.hub.mirror"]._run(seconds=0)
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
                      FROM %s WHERE next.gateway_id = %s
                    HAVING MIN(next.not_before) IS NOT NULL
                    """,
                    settings.account_key,
                    _first_waiting(settings.lanes),
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

    def _lanes_due(self, lanes=LANES, within=0):
        """Return those of the lanes in which a message may be claimed now.

        :param within: or so many seconds later
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT next.lane FROM %s
                 WHERE next.not_before <= clock_timestamp() AT TIME ZONE 'UTC'
                                          + %s * INTERVAL '1 second'
                """,
                _first_waiting(lanes),
                within,
            )
        )
        due = {lane for (lane,) in rows}
        return [lane for lane in lanes if lane in due]

    def _next_batches(self, settings, busy):
        """Claim for the free threads and reserve their time at the platform.

        Several workers may claim for the same time, each as much as the rates leave.
        What then is too late for goes back: it would leave at an hour that nobody was
        asked about.

        :return: :class:`Claim` with pairs of a batch and its :class:`Slot`
        """
        batches, refused = self._claim_batches(settings, busy)
        booked = [ways(settings, batch) for batch in batches]
        slots = self.env["sms.hub.account"]._book(booked, LATEST_SECONDS)
        found, now = list(zip(batches, slots, strict=True)), utcnow()
        late = [Answer(batch, None, now, now) for batch, slot in found if not slot]
        if late:
            self.env["sms.hub.writeback"]._store_all(settings, late)
        return Claim([pair for pair in found if pair[1]], refused)


def _first_waiting(lanes):
    """Return, as a table ``next``, the first message of each queue of these lanes.

    There is a queue for each active gateway, lane and sender. Looking at all messages,
    the planned ones of a large campaign would hide what is due.
    """
    return SQL(
        """
        (SELECT gateway.id AS gateway_id, asked.lane, first.not_before
           FROM sms_hub_gateway AS gateway, unnest(%s) AS asked(lane),
                LATERAL (
                    SELECT id FROM sms_hub_sender WHERE gateway_id = gateway.id
                     UNION ALL SELECT 0
                ) AS sender,
                LATERAL (
                    SELECT not_before FROM sms_hub_message AS m
                     WHERE m.state = 'queued' AND m.direction = 'out'
                       AND m.gateway_id = gateway.id AND m.lane = asked.lane
                       AND COALESCE(m.sender_id, 0) = sender.id
                     ORDER BY m.not_before LIMIT 1
                ) AS first
          WHERE gateway.state = 'active') AS next
        """,
        list(lanes),
    )
