"""Who does the work, and how a wake becomes a job."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import LockNotAvailable

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase
from odoo.addons.sms_gateway_hub.models import sms_hub_dispatcher
from odoo.addons.sms_gateway_hub.tests.common import HubCommon
from odoo.addons.sms_gateway_hub.tools.dispatch import LANES

from ..hooks import uninstall_hook
from .common import RunnerMixin

_RUNNER = "odoo.addons.sms_gateway_hub_queue_job.models.sms_hub_runner"
_SLOT = "sms_gateway_hub.ir_cron_dispatch_1"
_IDLE_SLOT = "sms_gateway_hub.ir_cron_dispatch_2"
_HOUSEKEEPING = "sms_gateway_hub.ir_cron_housekeeping"


@tagged("post_install", "-at_install")
class TestTakingOver(RunnerMixin, HubCommon):
    """Scheduled actions work until a runner does, and again when it does not."""

    def crons(self):
        return {
            xmlid: (cron.active, cron.hub_by_runner)
            for xmlid, cron in self.runner._crons().items()
        }

    def test_what_was_active_is_done_by_jobs_and_nothing_else(self):
        found = self.crons()
        self.assertEqual(found[_SLOT], (False, True))
        self.assertEqual(found[_HOUSEKEEPING], (False, True))
        self.assertEqual(found[_IDLE_SLOT], (False, False))

    @mute_logger(_RUNNER)
    def test_the_actions_go_on_when_the_runner_is_gone(self):
        self.at_work.return_value = False
        self.addCleanup(setattr, self.at_work, "return_value", True)
        self.runner._run()
        found = self.crons()
        self.assertEqual(found[_SLOT], (True, False))
        self.assertEqual(found[_IDLE_SLOT], (False, False))

    @mute_logger(_RUNNER)
    def test_the_actions_are_back_when_the_addon_leaves(self):
        uninstall_hook(self.env)
        found = self.crons()
        self.assertEqual(found[_SLOT], (True, False))
        self.assertEqual(found[_HOUSEKEEPING], (True, False))
        self.assertEqual(found[_IDLE_SLOT], (False, False))

    @mute_logger(_RUNNER)
    def test_an_action_that_runs_for_long_is_taken_over_later(self):
        self.runner._give_back()
        registered = self.env.registry["sms.hub.runner"]
        with patch.object(registered, "_switch_off", side_effect=LockNotAvailable):
            self.runner._run()
        self.assertEqual(self.crons()[_SLOT], (True, False))
        self.runner._run()
        self.assertEqual(self.crons()[_SLOT], (False, True))

    def test_the_setting_counts_and_changes_what_the_runner_does(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.hub_dispatcher_count, "1")
        self.assertTrue(settings.hub_runner_works)
        settings.hub_dispatcher_count = "2"
        self.runner._run()
        self.assertEqual(self.crons()[_IDLE_SLOT], (False, True))
        settings.hub_dispatcher_count = "1"
        self.assertEqual(self.crons()[_IDLE_SLOT], (False, False))

    def test_the_health_page_misses_none_of_the_actions_that_jobs_replace(self):
        taken = self.runner._taken()
        figures = self.env["sms.hub.health"]._cron_figures()
        needed = {one.cron for one in figures if one.needed and not one.cron.active}
        self.assertTrue(taken)
        self.assertFalse(needed & set(taken))

    def test_a_plain_user_can_wake_jobs_and_change_nothing_about_them(self):
        self.enqueue()
        dispatcher = self.env["sms.hub.dispatcher"].with_user(self.hub_user)
        dispatcher._trigger_crons({(_SLOT, None)})
        job = self.jobs()
        self.assertEqual(job.user_id, self.env.ref("base.user_root"))
        self.assertFalse(job.company_id)
        self.assertFalse(
            self.env["queue.job"].with_user(self.hub_user).has_access("read")
        )


@tagged("post_install", "-at_install")
class TestRunnerAtWork(HubCommon):
    """Whether a runner watches the database: its lock, and what became of our jobs."""

    def setUp(self):
        super().setUp()
        self.runner = self.env["sms.hub.runner"]

    def hold_lock(self):
        """Hold what a runner holds, for as long as this test lasts."""
        self.env.cr.execute("SELECT pg_advisory_xact_lock(2293787760715711918)")

    def test_nobody_is_at_work_without_the_lock(self):
        self.assertFalse(self.runner._is_at_work())

    def test_the_lock_tells_that_a_runner_is_at_work(self):
        self.hold_lock()
        self.assertTrue(self.runner._is_at_work())

    def test_a_runner_that_begins_no_job_is_as_good_as_none(self):
        self.hold_lock()
        self.runner._run()
        job = self.env["queue.job"].sudo().search([("identity_key", "!=", False)])
        job.flush_recordset()
        self.env.cr.execute(
            "UPDATE queue_job SET date_created = date_created - INTERVAL '6 minutes'"
        )
        self.assertFalse(self.runner._is_at_work())
        self.env.cr.execute("UPDATE queue_job SET state = 'done'")
        self.assertTrue(self.runner._is_at_work())


@tagged("post_install", "-at_install")
class TestJobs(RunnerMixin, HubCommon, CronMixinCase):
    """What wakes a scheduled action elsewhere adds a job here."""

    def setUp(self):
        super().setUp()
        self.env.cr.postcommit.clear()
        self.jobs().unlink()

    def commit(self):
        """Do what follows a commit."""
        self.env.cr.postcommit.run()

    def test_a_text_wakes_a_job_for_its_lane_and_no_scheduled_action(self):
        with self.capture_triggers() as captured:
            self.enqueue(purpose="otp", body="Code 1234")
            self.commit()
        self.assertEqual(
            self.jobs().mapped("channel"), ["root.sms_hub.urgent"], "one job"
        )
        self.assertFalse(captured.records)

    def test_a_clock_that_is_ahead_keeps_no_text_waiting_for_a_minute(self):
        soon = fields.Datetime.now() + timedelta(seconds=2)
        self.enqueue(purpose="otp", body="Code 1234", not_before=soon)
        self.commit()
        self.assertEqual(self.jobs().mapped("channel"), ["root.sms_hub.urgent"])

    def test_wakes_do_not_pile_up(self):
        for turn in range(3):
            self.enqueue(f"+3361234567{turn}")
            self.commit()
        self.assertEqual(len(self.jobs()), 1)

    def test_a_job_that_runs_does_not_stand_for_what_comes_later(self):
        self.enqueue()
        self.commit()
        self.jobs().write({"state": "started"})
        self.enqueue("+33612345679")
        self.commit()
        self.assertEqual(len(self.jobs()), 1)

    def test_the_end_of_a_hold_is_a_job_for_that_minute(self):
        opening = fields.Datetime.now().replace(second=0, microsecond=0)
        opening += timedelta(hours=9)
        for _turn in range(2):
            self.env["sms.hub.housekeeping"]._wake_at([opening])
            self.commit()
        self.assertEqual(self.jobs().mapped("eta"), [opening])

    def test_a_minute_adds_a_job_for_all_that_has_no_other_alarm_clock(self):
        self.runner._run()
        found = self.jobs().mapped("channel")
        self.assertEqual(
            sorted(found),
            [f"root.sms_hub.{name}" for name in ("events", "housekeeping", "poll")],
        )

    def test_urgent_texts_are_in_front_of_a_campaign(self):
        self.enqueue(purpose="marketing")
        self.enqueue("+33612345679", purpose="otp", body="Code 1234")
        self.commit()
        lanes = [one.channel.rpartition(".")[2] for one in self.jobs()]
        self.assertEqual(lanes, ["urgent", "marketing"])

    def test_a_job_serves_its_lane_alone_and_notes_when(self):
        provider = self._use_script()
        self.enqueue(purpose="marketing")
        other = self.enqueue("+33612345679", purpose="otp", body="Code 1234")
        cron = self.env.ref(_SLOT)
        cron.lastcall = False
        with patch.object(sms_hub_dispatcher, "SLICE_SECONDS", 0.2):
            cron._hub_run_as_job("marketing")
        self.assertEqual(len(provider.sent), 1)
        self.assertEqual(other.state, "queued")
        self.assertTrue(cron.lastcall)

    def test_reports_and_replies_are_applied_by_a_job(self):
        self._use_script()
        message = self.enqueue()
        self.dispatch()
        with patch.object(self.env.registry["sms.hub.event"], "_run"):
            self.report(message)
        self.env["sms.hub.event"]._wake()
        self.commit()
        self.run_jobs("events")
        self.assertEqual(message.state, "delivered")

    def test_every_lane_has_a_channel_of_its_own(self):
        channels = self.env["queue.job.channel"].sudo().search([])
        names = set(channels.mapped("complete_name"))
        for lane in LANES:
            self.assertIn(f"root.sms_hub.{lane}", names)

    def test_the_jobs_may_commit(self):
        config = self.env["queue.job.function"].job_config("<ir.cron>._hub_run_as_job")
        self.assertTrue(config.allow_commit)
