import logging
from typing import NamedTuple

from psycopg2.errors import LockNotAvailable

from odoo import SUPERUSER_ID, models
from odoo.tools import SQL

from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

_logger = logging.getLogger(__name__)

_CHANNEL = "root.sms_hub"
#: How the identity keys of our jobs begin.
_KEY = "sms_hub."
#: Minutes after which a job that nobody began tells that no runner runs it.
_STUCK_MINUTES = 5
#: Longer than a scheduled action of the hub runs, which keeps its row locked.
_PATIENCE = "15s"
#: What is due within this time gets a job, which waits for it: the clock of whoever
#: asked for a text may be ahead of the database's.
_SOON_SECONDS = 5


class Work(NamedTuple):
    """Where jobs of a kind wait, and how urgent they are among others (0 is most)."""

    channel: str
    priority: int


#: What the scheduled actions do, but for the dispatchers.
_WORK = {
    "sms_gateway_hub.ir_cron_events": Work("events", 0),
    "sms_gateway_hub.ir_cron_housekeeping": Work("housekeeping", 2),
    "sms_gateway_hub.ir_cron_poll": Work("poll", 3),
}
#: What a dispatcher does: each lane is a channel.
_LANES = {
    "urgent": Work("urgent", 0),
    "transactional": Work("transactional", 1),
    "marketing": Work("marketing", 4),
}


class SmsHubRunner(models.AbstractModel):
    """Hands the hub's scheduled actions over to the job runner, and back.

    A minute after a runner has started, jobs do their work; a minute after it ended, or
    jobs pile up that it does not begin, they do it themselves again. Both at the same
    time do no harm: every claim is made once.
    """

    _name = "sms.hub.runner"
    _inherit = ["sms.hub.transaction"]
    _description = "Job runner of the SMS hub"

    # === WHO WORKS === #

    def _run(self):
        """The entry point of the cron, once a minute."""
        if not self._is_at_work():
            self._hub_run(lambda runner: runner._give_back())
            return
        for xmlid in self._crons():
            self._take_over(xmlid)
        self._hub_run(lambda runner: runner._keep_going())

    def _is_at_work(self):
        """Tell whether a job runner watches this database, and runs our jobs.

        It holds a lock of the database server for as long as it lives.
        """
        [(found,)] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT 1 FROM pg_locks AS held
                      JOIN pg_database AS ours ON ours.oid = held.database
                     WHERE held.locktype = 'advisory' AND held.granted
                       AND ours.datname = current_database()
                       AND held.classid = %s AND held.objid = %s)
                """,
                PG_ADVISORY_LOCK_ID >> 32,
                PG_ADVISORY_LOCK_ID & 0xFFFFFFFF,
            )
        )
        return found and not self._is_stuck()

    def _is_stuck(self):
        """Tell whether jobs wait for long that should have begun at once.

        The runner may not reach the server that should run them, or the jobs of others
        take all the room there is.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM queue_job
                 WHERE identity_key LIKE %s AND state IN ('pending', 'enqueued')
                   AND COALESCE(eta, date_created) <
                       clock_timestamp() AT TIME ZONE 'UTC' - %s * INTERVAL '1 minute'
                 LIMIT 1
                """,
                f"{_KEY}%",
                _STUCK_MINUTES,
            )
        )
        return bool(rows)

    def _crons(self):
        """Return ``{xmlid: scheduled action}`` of all whose work jobs can do."""
        slots = self.env["sms.hub.dispatcher"]._slots()
        return {**slots, **{xmlid: self._cron(xmlid) for xmlid in _WORK}}

    def _cron(self, xmlid):
        """Return a scheduled action; none if somebody removed it."""
        found = self.env.ref(xmlid, raise_if_not_found=False)
        return (found or self.env["ir.cron"]).sudo()

    def _take_over(self, xmlid):
        """Let jobs do the work of a scheduled action, once its run has ended."""
        if not self._cron(xmlid).active:
            return
        try:
            self._hub_run(lambda runner: runner._switch_off(xmlid))
        except LockNotAvailable:
            # it runs longer than usual; the next minute will do
            _logger.info("%s still runs; jobs take over later.", xmlid)

    def _switch_off(self, xmlid):
        cron = self._cron(xmlid)
        self.env.cr.execute(SQL("SET LOCAL lock_timeout = %s", _PATIENCE))
        self.env.cr.execute(
            SQL("SELECT id FROM ir_cron WHERE id = %s FOR NO KEY UPDATE", cron.id),
            log_exceptions=False,
        )
        cron.write({"active": False, "hub_by_runner": True})

    def _give_back(self):
        """Let the scheduled actions do their work themselves, from now on."""
        taken = self._taken()
        if not taken:
            return
        _logger.warning("No job runner runs the jobs of SMS Hub; its actions do it.")
        taken.write({"active": True, "hub_by_runner": False})
        for cron in taken:
            cron._trigger()

    def _taken(self):
        """Return the scheduled actions that the job runner took over."""
        crons = self.env["ir.cron"].sudo().with_context(active_test=False)
        return crons.search([("hub_by_runner", "=", True)])

    # === JOBS === #

    def _keep_going(self):
        """Add a job for all that should run at least once a minute."""
        crons = self._crons().items()
        self._add_jobs({(xmlid, None) for xmlid, cron in crons if cron.hub_by_runner})

    def _add_jobs(self, asked):
        """Add jobs, but for those that wait already.

        :param asked: pairs of an xmlid and when, naive UTC or ``None`` for now
        """
        dispatcher = self.env["sms.hub.dispatcher"]
        lanes = dispatcher._lanes_due(within=_SOON_SECONDS) if asked else []
        for xmlid, at in sorted(asked, key=str):
            if xmlid in _WORK:
                self._add_job(xmlid, _WORK[xmlid], at)
                continue
            for lane in lanes:
                self._add_job(xmlid, _LANES[lane], at, lane)

    def _add_job(self, xmlid, work, at, lane=None):
        cron = self._cron(xmlid)
        moment = at.isoformat() if at else "now"
        # as the scheduled action: as nobody in particular, and for all companies
        cron.with_user(SUPERUSER_ID).with_context(company_id=False).with_delay(
            channel=f"{_CHANNEL}.{work.channel}",
            priority=work.priority,
            eta=at,
            identity_key=f"{_KEY}{cron.id}.{lane or 'all'}.{moment}",
            description=f"{cron.name}: {lane}" if lane else cron.name,
        )._hub_run_as_job(lane)

    def _note_run(self, cron_id):
        """Keep when the work was done last, where scheduled actions keep it.

        One that runs itself again is locked, and notes its own runs.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE ir_cron SET lastcall = clock_timestamp() AT TIME ZONE 'UTC'
                 WHERE id IN (SELECT id FROM ir_cron WHERE id = %s
                                 FOR NO KEY UPDATE SKIP LOCKED)
                """,
                cron_id,
            )
        )
        self.env["ir.cron"].browse(cron_id).invalidate_recordset(["lastcall"])
