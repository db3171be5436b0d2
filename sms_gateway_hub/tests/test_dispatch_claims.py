"""Who owns a claim, how fast claims may be, and what wakes the dispatcher."""

import time
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..gateway.vocabulary import Outcome
from ..models import sms_hub_dispatcher
from ..tools.dispatch import DispatchSettings, hand_over
from .dispatch_common import ALWAYS, OTHER, DispatchCommon


@tagged("post_install", "-at_install")
class TestOwnership(DispatchCommon):
    """What happens to the row of a worker that died, or that wakes up late."""

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_housekeeping")
    def test_a_lease_that_ran_out_becomes_unknown_and_never_queued(self):
        message = self.enqueue()
        self.claim()
        self.end_lease(message)
        self.assertEqual(
            (message.state, message.error_class), ("unknown", "unknown_outcome")
        )

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_housekeeping")
    def test_a_late_acceptance_lifts_unknown_and_stores_the_ids(self):
        message = self.enqueue()
        settings, batches = self.claim()
        self.end_lease(message)
        self.answer(settings, batches)
        self.assertEqual(message.state, "accepted")
        self.assertEqual(message.platform_ref, f"id-{message.uuid}")

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_housekeeping")
    def test_a_late_refusal_by_the_same_claim_settles_unknown(self):
        message = self.enqueue()
        settings, batches = self.claim()
        self.end_lease(message)
        self.provider.answers = [Outcome.REJECTED]
        self.answer(settings, batches)
        self.assertEqual(message.state, "failed")

    def test_an_answer_of_an_older_claim_does_not_touch_a_newer_one(self):
        message = self.enqueue()
        settings, old = self.claim()
        message._move("retry")
        _settings, new = self.claim()
        self.assertEqual(new[0].rows[0]["epoch"], old[0].rows[0]["epoch"] + 1)
        self.provider.answers = [Outcome.REJECTED]
        self.answer(settings, old)
        self.assertEqual(message.state, "claimed")
        self.answer(settings, new)
        self.assertEqual(message.state, "accepted")

    def test_the_acceptance_of_an_older_claim_is_evidence_whoever_owns_the_row(self):
        message = self.enqueue()
        settings, old = self.claim()
        message._move("retry")
        self.claim()
        self.answer(settings, old)
        self.assertEqual(message.state, "accepted")
        self.assertEqual(message.platform_ref, f"id-{message.uuid}")

    def test_an_acceptance_after_a_failure_stores_the_ids_and_keeps_the_state(self):
        message = self.enqueue()
        settings, batches = self.claim()
        message._move("reject", error_class="network")
        self.answer(settings, batches)
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.platform_ref, f"id-{message.uuid}")

    def test_what_is_being_handed_over_is_neither_refused_nor_closed(self):
        message = self.enqueue()
        self.claim()
        for transition in ("block", "expire", "cancel", "release"):
            with self.subTest(transition):
                self.assertFalse(message._move(transition))
                self.assertEqual(message.state, "claimed")

    def test_what_waits_already_keeps_the_reason_it_waits_for(self):
        message = self.enqueue()._move("hold", reason="approval", not_before=None)
        self.assertFalse(message._move("hold", reason="account"))
        self.assertEqual((message.state, message.reason), ("held", "approval"))

    def test_one_answer_that_cannot_be_stored_costs_no_other(self):
        bad, good = self.enqueue(), self.enqueue(OTHER)
        settings, batches = self.claim()
        answers = [hand_over(settings.client, batch, ALWAYS) for batch in batches]
        broken = next(one for one in answers if one.batch.rows[0]["id"] == bad.id)
        broken.batch.rows[0]["epoch"] = "no number"
        with mute_logger(
            "odoo.addons.sms_gateway_hub.models.sms_hub_writeback", "odoo.sql_db"
        ):
            self.env["sms.hub.writeback"]._store_all(settings, answers)
        self.assertEqual((bad.state, good.state), ("claimed", "accepted"))

    def test_many_answers_are_stored_in_as_few_statements_as_two(self):
        def statements(numbers):
            messages = self.env["sms.hub.message"].browse(
                self.enqueue(number).id for number in numbers
            )
            settings, batches = self.claim()
            before = self.env.cr.sql_log_count
            self.answer(settings, batches)
            self.env.flush_all()
            self.assertEqual(len(batches), len(numbers))
            self.assertEqual(set(messages.mapped("state")), {"accepted"})
            return self.env.cr.sql_log_count - before

        numbers = [f"+336123450{place:02d}" for place in range(14)]
        statements(numbers[:1])  # fills caches
        few = statements(numbers[1:3])
        self.assertEqual(statements(numbers[3:]), few)


@tagged("post_install", "-at_install")
class TestLanes(DispatchCommon):
    """A slice may be asked to serve only some of the lanes."""

    def test_a_slice_leaves_the_lanes_of_others_alone(self):
        urgent = self.enqueue(purpose="otp", body="Code 1234")
        other = self.enqueue(OTHER, purpose="marketing")
        self.assertEqual(self.dispatcher._lanes_due(), ["urgent", "marketing"])
        with patch.object(sms_hub_dispatcher, "SLICE_SECONDS", 0.2):
            self.dispatcher._run_slice(("marketing",))
        self.assertEqual((urgent.state, other.state), ("queued", "accepted"))
        self.assertEqual(self.dispatcher._lanes_due(), ["urgent"])
        self.assertEqual(self.dispatcher._lanes_due(("marketing",)), [])

    def test_threads_are_kept_free_only_where_urgent_texts_may_come(self):
        self.assertEqual(DispatchSettings(self.gateway, ("marketing",)).reserve, 0)
        self.assertGreater(DispatchSettings(self.gateway).reserve, 0)


@tagged("post_install", "-at_install")
class TestRate(DispatchCommon):
    def test_slots_follow_each_other_at_the_pace_of_the_account(self):
        account = self.env["sms.hub.account"]
        way = [(("key", 10, 1),)]
        now = time.monotonic()
        first, second, *_others = account._book([way] * 5)
        [sixth] = account._book([way])
        self.assertLess(first.opens - now, 0.5)
        self.assertAlmostEqual(second.opens - first.opens, 0.109, places=3)
        self.assertAlmostEqual(sixth.opens - first.opens, 5 * 0.109, delta=0.02)

    def test_accounts_do_not_share_slots_but_gateways_on_one_key_do(self):
        twin = self.gateway.copy({"name": "Twin"})
        (self.gateway | twin).write({"api_key": "one key", "provider": "smsgatewayhub"})
        self.assertEqual(self.gateway._account_key(), twin._account_key())
        twin.api_key = "another key"
        self.assertNotEqual(self.gateway._account_key(), twin._account_key())
        self.assertNotIn("key", self.gateway._account_key())

    def test_no_more_is_claimed_than_the_rate_allows_for_two_seconds(self):
        self.gateway.write({"rate": 1, "parallel_requests": 20})
        for turn in range(10):
            self.enqueue(f"+3361234567{turn}", purpose="otp")
        settings, batches = self.claim()
        self.assertEqual(len(batches), 3)
        way = [((settings.account_key, 1, 1),)]
        self.env["sms.hub.account"]._book([way] * 3)
        self.assertEqual(self.claim()[1], [])

    def test_five_failures_in_a_row_open_the_circuit_and_a_success_closes_it(self):
        account = self.env["sms.hub.account"]
        for turn in range(5):
            account._note_unreachable("key", 30, "Refused.")
            row = account.sudo().search([("key", "=", "key")])
            row.invalidate_recordset()
            self.assertEqual(bool(row.open_until), turn == 4)
        account._note_reached("key")
        row.invalidate_recordset()
        self.assertTrue(row.open_until, "a pause lasts its time")
        self.end_pause()
        account._note_reached("key")
        row.invalidate_recordset()
        self.assertFalse(row.open_until)
        self.assertEqual(row.failures, 0)


@tagged("post_install", "-at_install")
class TestWaking(DispatchCommon, CronMixinCase):
    def setUp(self):
        super().setUp()
        self.env.cr.postcommit.clear()

    def test_only_the_slots_that_are_in_use_are_woken(self):
        first, second = (
            self.env.ref(f"sms_gateway_hub.ir_cron_dispatch_{number}")
            for number in (1, 2)
        )
        first.active, second.active = False, True
        self.enqueue()
        with (
            self.capture_triggers(first.id) as idle,
            self.capture_triggers(second.id) as used,
        ):
            self.env.cr.postcommit.run()
        self.assertFalse(idle.records)
        self.assertEqual(len(used.records), 1)

    def test_many_messages_of_a_transaction_wake_the_dispatcher_once(self):
        slot = "sms_gateway_hub.ir_cron_dispatch_1"
        with self.capture_triggers(slot) as captured:
            for turn in range(3):
                self.enqueue(f"+3361234567{turn}")
            self.env.cr.postcommit.run()
        self.assertEqual(len(captured.records), 1)

    def test_what_a_rolled_back_savepoint_queued_does_not_keep_the_rest_asleep(self):
        slot = "sms_gateway_hub.ir_cron_dispatch_1"
        with self.capture_triggers(slot) as captured:
            with self.env.cr.savepoint() as savepoint:
                self.enqueue()
                savepoint.rollback()
            self.enqueue(OTHER)
            self.env.cr.postcommit.run()
        self.assertEqual(len(captured.records), 1)
