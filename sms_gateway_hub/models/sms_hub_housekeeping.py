import logging
import time
from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..policy import same_numbers
from .sms_hub_router_pauses import LONG_OPEN, PATIENCE_WITH_CODES

_logger = logging.getLogger(__name__)

_BATCH = 1000
#: Seconds after which a run makes room for other jobs; Odoo kills long ones.
_RUN_SECONDS = 10.0
_CRON = "sms_gateway_hub.ir_cron_housekeeping"
#: What ends sooner is found by the run of the minute.
_SOON = timedelta(minutes=1)


class SmsHubHousekeeping(models.AbstractModel):
    """Once a minute: leases that ran out, holds that ended, messages too old.

    And what waits for a sender or a platform that cannot send: others take over.

    A hold with an end orders a run for that minute, so that quiet hours end on time.
    """

    _name = "sms.hub.housekeeping"
    _inherit = ["sms.hub.transaction"]
    _description = "Housekeeping of the SMS ledger"

    def _run(self):
        """The entry point of the cron."""
        deadline = time.monotonic() + _RUN_SECONDS
        done = self._sweep()
        # first what is too late, so that none of it is let go
        done += self._until_done(lambda keeper: keeper._expire_old(), deadline)
        done += self._until_done(lambda keeper: keeper._release_due(), deadline)
        done += self.env["sms.hub.reroute"]._run(lambda: time.monotonic() < deadline)
        done += self._until_done(lambda keeper: keeper._hold_unread(), deadline)
        done += self.env["sms.hub.mirror"]._run()
        if self._hub_run(lambda keeper: keeper.env["sms.hub.dispatcher"]._lanes_due()):
            self.env["sms.hub.dispatcher"]._wake()
        self.env["ir.cron"]._commit_progress(done)

    def _until_done(self, step, deadline):
        """Repeat a step, each batch committed by itself, until nothing is left.

        A morning may let go of a whole campaign. The dispatchers begin with the first
        batch of it; what the time does not suffice for is left to the next run, at
        once.

        :return: how many messages it moved
        """
        total = 0
        while count := self._hub_run(step):
            total += count
            if count < _BATCH:
                break
            if time.monotonic() > deadline:
                self.env["sms.hub.dispatcher"]._trigger_once(_CRON)
                break
        return total

    def _wake_at(self, moments):
        """Let a run find holds that end at these moments, right then.

        :param moments: naive UTC; ``None`` ends by a person's hand
        """
        soon = fields.Datetime.now() + _SOON
        for moment in set(moments):
            if moment and moment > soon:
                minute = moment.replace(second=0, microsecond=0)
                whole = minute if minute == moment else minute + _SOON
                self.env["sms.hub.dispatcher"]._trigger_once(_CRON, at=whole)

    def _go_around(self, seconds):
        """Let others take over from an account that is left alone since just now.

        :param seconds: for how long at least; what is over soon is waited for
        """
        dispatcher = self.env["sms.hub.dispatcher"]
        if seconds > PATIENCE_WITH_CODES:
            dispatcher._trigger_once(_CRON)
        if seconds > LONG_OPEN:
            later = fields.Datetime.now() + timedelta(seconds=LONG_OPEN + 1)
            dispatcher._trigger_once(_CRON, at=later)

    # === STEPS (in an own READ COMMITTED transaction) === #

    def _sweep(self):
        """Close leases that ran out; return how many messages became unknown."""
        lost = self._hub_run(lambda keeper: keeper._sweep_leases())
        if lost:
            _logger.warning("%s messages became unknown: their worker died.", lost)
        return lost

    def _sweep_leases(self):
        """Turn claims whose lease ran out into ``unknown``, never into the queue."""
        messages = self._locked(
            SQL(
                "state = 'claimed' AND "
                "lease_until < clock_timestamp() AT TIME ZONE 'UTC'"
            ),
            SQL("id"),
        )
        return len(
            messages._move("lose", lease_until=None, error_class="unknown_outcome")
        )

    def _release_due(self):
        """Queue what was held until now; the claim asks the gate once more."""
        messages = self._locked(
            SQL(
                "state = 'held' AND not_before <= clock_timestamp() AT TIME ZONE 'UTC'"
            ),
            SQL("not_before, id"),
        )
        moved = messages._move("release")
        if moved:
            self.env["sms.hub.dispatcher"]._wake()
        return len(moved)

    def _hold_unread(self):
        """Show as held what no claim takes: a reply to it waits for a person.

        Without an end, because whoever gets the reply read lets these go.
        """
        numbers = self.env.execute_query(
            SQL("SELECT number FROM sms_hub_event WHERE unread AND state = 'dead'")
        )
        spelled = {one for (number,) in numbers for one in same_numbers(number)}
        if not spelled:
            return 0
        messages = self._locked(
            SQL(
                "state = 'queued' AND direction = 'out' AND number = ANY(%s) AND "
                "not_before <= clock_timestamp() AT TIME ZONE 'UTC'",
                list(spelled),
            ),
            SQL("not_before, id"),
        )
        return len(messages._move("hold", reason="inbound_pending", not_before=None))

    def _expire_old(self):
        """Close what waited beyond its expiry; late it would do more harm than good."""
        messages = self._locked(
            SQL(
                "state IN ('queued', 'held') AND direction = 'out' AND "
                "expires_at < clock_timestamp() AT TIME ZONE 'UTC'"
            ),
            SQL("expires_at, id"),
        )
        return len(messages._move("expire", reason="expired"))

    def _locked(self, condition, order):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM sms_hub_message WHERE %s "
                "ORDER BY %s LIMIT %s FOR UPDATE SKIP LOCKED",
                condition,
                order,
                _BATCH,
            )
        )
        return self.env["sms.hub.message"].sudo().browse(row[0] for row in rows)
