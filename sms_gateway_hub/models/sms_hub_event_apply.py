import logging
import time
from datetime import timedelta

from psycopg2 import errors

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

_BATCH = 100
#: Seconds that a run waits if the last one was that recent (Odoo keeps whole seconds),
#: so that a busy webhook wakes one run a second.
_PACE, _RECENT = 1.0, timedelta(seconds=2)
#: Seconds for which an inbox that fills while it is read is left to fill: many reports
#: cost hardly more than one, and who stores them needs the same processors.
_GATHER = 0.25
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
        self._apply_all()

    def _apply_all(self):
        """Apply all there is and mirror the outcome; return how many were looked at."""
        deadline = time.monotonic() + _RUN_SECONDS
        total = 0
        while count := self._apply_next():
            # an action that is killed having done nothing may be passed over next time
            self.env["ir.cron"]._commit_progress(count)
            trickles = total and count < _BATCH
            total += count
            if time.monotonic() > deadline or self._is_in_the_way(deadline):
                # the other jobs get their turn, and this one goes on behind them
                self._wake()
                break
            if trickles:
                time.sleep(_GATHER)
        self.env["sms.hub.mirror"]._run()
        return total

    def _is_in_the_way(self, deadline):
        """Tell whether texts wait for this worker, and had to for long enough."""
        if time.monotonic() < deadline - _RUN_SECONDS + _RUN_SECONDS_BEFORE_TEXTS:
            return False
        return self.env["sms.hub.dispatcher"]._waits_for_worker()

    def _apply_next(self):
        """Apply a batch; return its size, or 0 if nobody relies on this run any more.

        Whoever stores an event relies on a run that has older ones to apply.
        """
        count = self._hub_run(lambda events: events._apply_due())
        if not count:
            self._hub_run(lambda events: events._await_storing())
            count = self._hub_run(lambda events: events._apply_due())
        return count

    def _apply_due(self):
        """Apply a batch of new events, or else of parked ones whose time has come."""
        return self._apply_batch("new") or self._apply_batch("parked")

    def _keep_pace(self):
        """Wait a moment if the last run was just now; what arrives meanwhile joins."""
        last = self.env.context.get("lastcall")
        if last and fields.Datetime.now() - last < _RECENT:
            time.sleep(_PACE)

    def _apply_batch(self, state):
        """Lock and apply up to a batch of events: each reply by itself, then reports.

        A reply may refuse texts, and what a report makes us send has to know of that.
        """
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
        reports = events.filtered(lambda one: one.kind == "dlr")
        for event in events - reports:
            event._apply_guarded()
        if reports:
            reports._apply_guarded()
        return len(rows)

    def _apply_guarded(self):
        """Apply one event, or many reports; an error never stops the others.

        A STOP is obeyed first and by itself: no trouble with posting the reply may
        undo it.
        """
        try:
            if self[:1].kind == "inbound":
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
            if len(self) > 1:
                # it was one of them: the others get through without it
                for event in self:
                    event._apply_guarded()
                return
            # one broken event must not hold back the inbox; it is kept and shown
            _logger.exception("Event %s could not be applied.", self.id)
            self._put_back(f"{type(error).__name__}: {error}", failures=1)

    def _apply(self):
        """Carry one event, or many reports, to the ledger or the inbox of replies."""
        kind = self[:1].kind
        if kind == "dlr":
            self._apply_reports()
        elif kind == "inbound":
            message = self.env["sms.hub.inbound"]._receive(self)
            self._close({self: message}, self)
        else:
            self._read_again()

    def _close(self, messages, moved):
        """Note what became of events, in one statement.

        :param messages: ``{event: message}``
        :param moved: those of the events that changed something
        """
        rows = [
            (
                event.id,
                message.id,
                "applied" if event in moved else "ignored",
                message.explanation or None,
            )
            for event, message in messages.items()
        ]
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                UPDATE sms_hub_event AS e
                   SET state = given.state, message_id = m.id, number = m.number,
                       outcome = given.outcome, attempts = e.attempts + 1,
                       write_date = clock_timestamp() AT TIME ZONE 'UTC'
                  FROM unnest(%s::int[], %s::int[], %s::varchar[], %s::varchar[])
                           AS given(id, message_id, state, outcome)
                  JOIN sms_hub_message AS m ON m.id = given.message_id
                 WHERE e.id = given.id
             RETURNING e.id
                """,
                *map(list, zip(*rows, strict=True)),
            )
        )
        self.env["sms.hub.event"].concat(*messages).invalidate_recordset()
        self.env["sms.hub.message"].concat(*messages.values()).invalidate_recordset(
            ["event_ids"]
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
