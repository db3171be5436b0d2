import logging
import time
from datetime import timedelta

from psycopg2 import errors

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..gateway.vocabulary import ReportState
from .sms_hub_sender_watch import SUSPICIOUS

_logger = logging.getLogger(__name__)

_BATCH = 100
#: Seconds that a run waits if the last one was that recent (Odoo keeps whole seconds),
#: so that a busy webhook wakes one run a second.
_PACE, _RECENT = 1.0, timedelta(seconds=2)
#: Seconds after which a run makes room for other jobs; Odoo kills long ones.
_RUN_SECONDS = 10.0
#: The same where texts wait for this worker.
_RUN_SECONDS_BEFORE_TEXTS = 2.0
#: A report whose message is not known yet is tried again for this long: it may have
#: come before the answer to our own request.
_PARK_FOR = timedelta(hours=72)
#: Gaps between two tries of a parked event: the first, doubled each time, and the last.
_FIRST_GAP, _LAST_GAP = timedelta(seconds=5), timedelta(hours=1)
#: Errors after which an event is put aside for a person.
_MAX_FAILURES = 5

#: report state → transition
_REPORTS = {
    ReportState.ACCEPTED.value: "evidence",
    ReportState.DELIVERED.value: "deliver",
    ReportState.FAILED.value: "report_failed",
    ReportState.EXPIRED.value: "report_expired",
}
_FAILURES = ("failed", "expired")
#: Stands for a time that the platform did not give.
_NO_TIME = fields.Datetime.to_datetime("0001-01-01")

_DUE = {
    "new": SQL("state = 'new'"),
    "parked": SQL(
        "state = 'parked' AND next_try_at <= clock_timestamp() AT TIME ZONE 'UTC'"
    ),
}


class SmsHubEvent(models.Model):
    """Applying: carries stored events to the ledger and to the records."""

    _inherit = "sms.hub.event"

    # === RUNS === #

    def _run(self):
        """The entry point of the cron: apply what is new, then what was parked."""
        self._keep_pace()
        self.env["ir.cron"]._commit_progress(self._apply_all())

    def _apply_all(self):
        """Apply all there is and mirror the outcome; return how many were looked at."""
        deadline = time.monotonic() + _RUN_SECONDS
        total = 0
        # until nothing is left: whoever stored an event meanwhile relies on it
        while count := self._hub_run(lambda events: events._apply_due()):
            total += count
            if time.monotonic() > deadline or self._is_in_the_way(deadline):
                # the other jobs get their turn, and this one goes on behind them
                self._wake()
                break
        self.env["sms.hub.mirror"]._run()
        return total

    def _is_in_the_way(self, deadline):
        """Tell whether texts wait for this worker, and had to for long enough."""
        if time.monotonic() < deadline - _RUN_SECONDS + _RUN_SECONDS_BEFORE_TEXTS:
            return False
        return self._hub_run(
            lambda events: events.env["sms.hub.dispatcher"]._waits_for_worker()
        )

    def _apply_due(self):
        """Apply a batch of new events, or else of parked ones whose time has come."""
        return self._apply_batch("new") or self._apply_batch("parked")

    def _keep_pace(self):
        """Wait a moment if the last run was just now; what arrives meanwhile joins."""
        last = self.env.context.get("lastcall")
        if last and fields.Datetime.now() - last < _RECENT:
            time.sleep(_PACE)

    def _apply_batch(self, state):
        """Lock and apply up to a batch of events, each in a savepoint of its own."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM sms_hub_event WHERE %s "
                "ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED",
                _DUE[state],
                _BATCH,
            )
        )
        events = self.sudo().browse(row[0] for row in rows)
        # in one order for everybody: each reply locks its number, until the commit
        self.env["sms.hub.number.lock"]._lock(
            event.number for event in events if event.kind == "inbound"
        )
        for event in events:
            event._apply_guarded()
        return len(rows)

    def _apply_guarded(self):
        """Apply one event; an error is counted and never stops the others.

        A STOP is obeyed first and by itself: no trouble with posting the reply may
        undo it.
        """
        try:
            if self.kind == "inbound":
                with self.env.cr.savepoint():
                    self.env["sms.hub.inbound"]._obey(self)
                    self.unread = False
                    self.flush_recordset()
                    self.env["sms.hub.inbound"]._release(self.number)
            with self.env.cr.savepoint():
                self._apply()
        except (errors.SerializationFailure, errors.DeadlockDetected):
            raise  # the whole batch runs again
        except Exception as error:
            # one broken event must not hold back the inbox; it is kept and shown
            _logger.exception("Event %s could not be applied.", self.id)
            self._put_back(f"{type(error).__name__}: {error}", failures=1)

    def _apply(self):
        """Carry the event to the ledger or to the inbox of replies."""
        if self.kind == "unreadable":
            self._read_again()
        elif self.kind == "inbound":
            self._close("applied", self.env["sms.hub.inbound"]._receive(self))
        elif message := self._find_message():
            moved = self._report(message)
            self._close("applied" if moved else "ignored", message)
        else:
            self._put_back(self.env._("No message with this platform reference (yet)."))

    def _close(self, state, message):
        self.write(
            {
                "state": state,
                "message_id": message.id,
                "number": message.number,
                "outcome": message.explanation,
                "attempts": self.attempts + 1,
            }
        )

    def _put_back(self, outcome, failures=0):
        """Try again later, with growing gaps; give up after some days or errors."""
        now = fields.Datetime.now()
        failures += self.failures
        hopeless = failures >= _MAX_FAILURES or now - self.received_at > _PARK_FOR
        gap = min(_FIRST_GAP * 2 ** min(self.attempts, 20), _LAST_GAP)
        self.write(
            {
                "state": "dead" if hopeless else "parked",
                "attempts": self.attempts + 1,
                "failures": failures,
                "next_try_at": now + gap,
                "outcome": outcome[:250],
            }
        )

    def _read_again(self):
        """Read an unreadable call once more: its field names may be known now."""
        parsed = self.gateway_id._read_call("", self.raw.encode(), ())
        new = self._insert_all(
            self.gateway_id, parsed.events, "push", self.raw, self.received_at
        )
        if parsed.refused:
            self.write({"state": "dead", "outcome": " ".join(parsed.refused)[:250]})
        else:
            words = self.env._("Read: %(count)s new events.", count=len(new))
            self.write({"state": "applied", "outcome": words})

    def _happened_at(self):
        """Return the platform's time, unless it lies in the future, else ours."""
        if self.occurred_at and self.occurred_at <= self.received_at:
            return self.occurred_at
        return self.received_at

    # === REPORTS === #

    def _find_message(self):
        """Find the reported message by the platform's id, else by our own reference."""
        messages = self.env["sms.hub.message"].sudo()
        domain = [("gateway_id", "=", self.gateway_id.id), ("direction", "=", "out")]
        if self.platform_ref:
            found = messages.search(
                [*domain, ("platform_ref", "=", self.platform_ref)], limit=1
            )
            if found:
                return found
        reference = (self.metadata or {}).get("reference")
        if isinstance(reference, str) and reference:
            return messages.search([*domain, ("uuid", "=", reference)], limit=1)
        return messages

    def _report(self, message):
        """Move the message by rank; tell whether the report changed its state.

        A word that nobody knows is evidence too: the platform has the message.
        """
        self._lock(message)
        if self.platform_ref and not message.platform_ref:
            message.platform_ref = self.platform_ref
        message._reopen_for(self.report_state)
        if message.state in _FAILURES and not self._outranks(message):
            return False
        transition = _REPORTS.get(self.report_state, "evidence")
        moved = message._move(transition, **self._report_values())
        if moved and transition == "deliver":
            self._store_time_of_delivery(message)
        elif moved and transition in ("report_failed", "report_expired"):
            message._heed_operator()
            message._after_failed_report()
            if message.error_class in SUSPICIOUS:
                self.env["sms.hub.sender.watch"]._wake()
        elif message.state == "accepted":
            message.raw_status = self.raw_status
        return bool(moved)

    def _lock(self, message):
        """Wait for whoever moves the message, and see what they made of it."""
        self.env.execute_query(
            SQL(
                "SELECT id FROM sms_hub_message WHERE id = %s FOR NO KEY UPDATE",
                message.id,
            )
        )
        message.invalidate_recordset()

    def _report_values(self):
        """Return the columns that say what the report says."""
        failed = self.report_state in _FAILURES
        values = {
            "raw_status": self.raw_status or None,
            "lease_until": None,
            "error_class": failed and self.error_class or None,
            "error_code": failed and self.error_code or None,
            "error_sentence": failed and self.error_sentence or None,
        }
        if self.report_state == ReportState.DELIVERED.value:
            values["reason"] = None
        return values

    def _outranks(self, message):
        """Tell whether this report says more than the failure that is known.

        Delivered always does. Between reports of failure the later one counts, in
        whatever order they arrive.
        """
        if self.report_state == ReportState.DELIVERED.value:
            return True
        if self.report_state not in _FAILURES:
            return False
        earlier = self.sudo().search(
            [
                ("message_id", "=", message.id),
                ("report_state", "in", _FAILURES),
                ("state", "=", "applied"),
            ]
        )
        return bool(earlier) and self._seniority() > max(
            one._seniority() for one in earlier
        )

    def _seniority(self):
        """Order reports of failure: by their time, by their word where it is equal."""
        return self.occurred_at or _NO_TIME, self.report_state, self.raw_status

    def _store_time_of_delivery(self, message):
        """Prefer the platform's time of delivery to ours, where it is possible."""
        occurred, accepted = self.occurred_at, message.accepted_at
        if occurred and accepted and accepted <= occurred <= message.delivered_at:
            message.delivered_at = occurred

    # === BUTTONS === #

    def action_apply_again(self):
        """Put events that were set aside back into the inbox."""
        self.check_access("read")
        again = self.sudo().filtered(lambda one: one.state in ("dead", "parked"))
        if not again:
            raise UserError(
                self.env._(
                    "Only events that wait or need attention can be tried again."
                )
            )
        again.write({"state": "new", "attempts": 0, "failures": 0})
        self._wake()
