"""The end of a hold: on time, all at once, and never too late."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models import sms_hub_housekeeping
from .common import HubCommon

_CRON = "sms_gateway_hub.ir_cron_housekeeping"


@tagged("post_install", "-at_install")
class TestRelease(HubCommon):
    def setUp(self):
        super().setUp()
        self.housekeeping = self.env["sms.hub.housekeeping"]

    def held(self, count, **columns):
        """Add messages whose hold has just ended."""
        ended = fields.Datetime.now() - timedelta(seconds=1)
        messages = self.env["sms.hub.message"].sudo()
        for turn in range(count):
            messages += self.enqueue(number=f"+336123456{turn:02}")
        messages.write(
            {"state": "held", "reason": "quiet_hours", "not_before": ended, **columns}
        )
        self.env.flush_all()
        return messages

    def test_one_run_lets_go_of_all_that_is_due_in_committed_batches(self):
        due = self.held(10)
        runs = []
        run = self.env.registry["sms.hub.transaction"]._hub_run

        def counted(model, function, *args):
            runs.append(model._name)
            return run(model, function, *args)

        with (
            patch.object(sms_hub_housekeeping, "_BATCH", 4),
            patch.object(
                self.env.registry["sms.hub.housekeeping"], "_hub_run", counted
            ),
        ):
            self.housekeeping._run()
        self.assertEqual(set(due.mapped("state")), {"queued"})
        self.assertFalse(any(due.mapped("reason")))
        # three of mailings that were paused; leases, expiry, three batches, unread
        # replies, what is claimable
        self.assertEqual(len(runs), 10)

    def test_a_run_that_takes_too_long_goes_on_behind_the_other_jobs(self):
        due = self.held(10)
        self.env.cr.postcommit.clear()
        with (
            patch.object(sms_hub_housekeeping, "_BATCH", 4),
            patch.object(sms_hub_housekeeping, "_RUN_SECONDS", -1),
        ):
            self.housekeeping._run()
        self.assertEqual(len(due.filtered(lambda one: one.state == "queued")), 4)
        asked = self.env.cr.postcommit.data["sms_gateway_hub.triggers"]
        self.assertIn((_CRON, None), asked)

    def test_the_longest_wait_is_let_go_first(self):
        late, early = self.held(1), self.held(1)
        early.not_before = fields.Datetime.now() - timedelta(hours=1)
        self.env.flush_all()
        with (
            patch.object(sms_hub_housekeeping, "_BATCH", 1),
            patch.object(sms_hub_housekeeping, "_RUN_SECONDS", -1),
        ):
            self.housekeeping._run()
        self.assertEqual((early.state, late.state), ("queued", "held"))

    def test_what_expired_while_it_was_held_is_not_let_go(self):
        past = fields.Datetime.now() - timedelta(seconds=1)
        due, late = self.held(1), self.held(1, expires_at=past)
        provider = self._use_script()
        self.housekeeping._run()
        self.assertEqual((late.state, late.reason), ("expired", "expired"))
        self.assertEqual(due.state, "queued")
        self.dispatch()
        self.assertEqual(len(provider.sent), 1)

    def test_what_has_no_end_waits_for_a_person(self):
        waiting = self.held(1, not_before=False, reason="approval")
        self.housekeeping._run()
        self.assertEqual(waiting.state, "held")


@tagged("post_install", "-at_install")
class TestWakingAtTheOpening(HubCommon, CronMixinCase):
    def setUp(self):
        super().setUp()
        self.env.cr.postcommit.clear()
        self.opening = fields.Datetime.now().replace(microsecond=0, second=0)
        self.opening += timedelta(hours=9)

    def triggers(self, *moments):
        """Return when housekeeping is asked to run because of holds until then."""
        with self.capture_triggers(_CRON) as captured:
            self.env["sms.hub.housekeeping"]._wake_at(moments)
            self.env.cr.postcommit.run()
        return captured.records.mapped("call_at")

    def test_a_hold_orders_one_run_for_the_minute_of_its_end(self):
        in_between = self.opening - timedelta(seconds=20)
        found = self.triggers(self.opening, in_between, self.opening, None)
        self.assertEqual(found, [self.opening])

    def test_other_transactions_that_wait_for_the_minute_order_no_more(self):
        self.assertEqual(self.triggers(self.opening), [self.opening])
        self.assertEqual(self.triggers(self.opening), [])

    def test_what_ends_within_the_minute_needs_no_order(self):
        soon = fields.Datetime.now() + timedelta(seconds=5)
        self.assertEqual(self.triggers(soon), [])

    def test_a_message_that_is_held_when_it_is_made_orders_it(self):
        self.company.hub_quiet_hours = True
        night = fields.Datetime.now().replace(hour=22, minute=0, second=0)
        with self.capture_triggers(_CRON) as captured:
            message = self.enqueue(
                purpose="marketing", not_before=night + timedelta(days=1)
            )
            self.env.cr.postcommit.run()
        self.assertEqual(message.state, "held")
        self.assertEqual(captured.records.mapped("call_at"), [message.not_before])
