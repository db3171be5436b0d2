"""Claims, answers and what becomes of them."""

import contextlib
import threading
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..gateway.messages import SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from ..models.sms_hub_writeback import MAX_ATTEMPTS, backoff
from ..tools.dispatch import DispatchSettings, hand_over
from .common import MOBILE, HubCommon

OTHER = "+33612345679"


class DispatchCommon(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dispatcher = cls.env["sms.hub.dispatcher"]

    def setUp(self):
        super().setUp()
        self.provider = self._use_script()

    def claim(self):
        """Claim what is due, as a worker does before it talks; return the batches."""
        settings = DispatchSettings(self.gateway)
        self.env.flush_all()
        return settings, self.dispatcher._claim_batches(settings, busy=0)

    def answer(self, settings, batches):
        """Let the platform answer claimed batches, and store the answers."""
        answers = [hand_over(settings.client, batch, 0) for batch in batches]
        self.env["sms.hub.writeback"]._store(settings, answers)

    def end_lease(self, message):
        """Let the lease of a claim run out, and the sweeper find it."""
        message.sudo().lease_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.env["sms.hub.housekeeping"]._run()

    def result(self, message, outcome, **values):
        return [SendResult(message.uuid, outcome, **values)]

    def due_now(self, message):
        message.sudo().not_before = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()


@tagged("post_install", "-at_install")
class TestClaim(DispatchCommon):
    def test_an_accepted_message_keeps_the_ids_of_the_platform(self):
        message = self.enqueue()
        self.dispatch()
        self.assertEqual(message.state, "accepted")
        self.assertEqual(message.platform_ref, f"id-{message.uuid}")
        self.assertEqual(message.request_id.platform_ref, "job-1")
        self.assertTrue(message.request_id.next_poll_at)

    def test_urgent_messages_leave_first(self):
        texts = {}
        for purpose in ("marketing", "transactional", "otp"):
            texts[purpose] = self.enqueue(purpose=purpose, body=purpose).body
        self.dispatch()
        self.assertEqual(
            [sms.text for sms in self.provider.sent],
            ["otp", "transactional", "marketing"],
        )

    def test_a_number_occurs_once_in_a_request(self):
        for turn in range(3):
            self.enqueue(purpose="marketing", body=f"Offer {turn}")
        self.enqueue(OTHER, purpose="marketing")
        self.dispatch()
        for _envelope, batch in self.provider.requests:
            numbers = [sms.number for sms in batch]
            self.assertEqual(len(numbers), len(set(numbers)))
        self.assertEqual(len(self.provider.sent), 4)
        self.assertEqual(len(self.provider.requests), 3)

    def test_texts_of_different_alphabets_travel_apart(self):
        self.enqueue(purpose="marketing", body="plain")
        self.enqueue(OTHER, purpose="marketing", body="Приве́т")
        self.dispatch()
        self.assertEqual(len(self.provider.requests), 2)

    def test_transactional_messages_travel_alone(self):
        self.enqueue()
        self.enqueue(OTHER)
        self.dispatch()
        self.assertEqual([len(batch) for _env, batch in self.provider.requests], [1, 1])

    def test_nothing_is_claimed_before_its_time(self):
        later = fields.Datetime.now() + timedelta(hours=1)
        message = self.enqueue(not_before=later)
        self.dispatch()
        self.assertEqual((message.state, self.provider.sent), ("queued", []))

    def test_a_paused_gateway_hands_nothing_over_until_it_is_resumed(self):
        self.gateway.action_pause()
        message = self.enqueue()
        self.dispatch()
        self.assertEqual((message.state, self.provider.sent), ("queued", []))
        self.assertIn("paused", message.explanation)
        self.gateway.action_activate()
        self.dispatch()
        self.assertEqual(message.state, "accepted")

    def test_a_number_that_opted_out_after_queueing_is_blocked_in_the_claim(self):
        message = self.enqueue()
        self.env["phone.blacklist"].sudo().create({"number": MOBILE})
        self.dispatch()
        self.assertEqual((message.state, message.reason), ("blocked", "suppressed"))
        self.assertEqual(self.provider.sent, [])

    def test_a_message_that_is_too_old_expires_instead_of_being_sent(self):
        message = self.enqueue()
        message.sudo().expires_at = fields.Datetime.now() - timedelta(minutes=1)
        self.dispatch()
        self.assertEqual((message.state, message.reason), ("expired", "expired"))
        self.assertEqual(self.provider.sent, [])

    def test_test_mode_holds_all_but_the_listed_numbers_and_lets_go_at_its_end(self):
        self.gateway.write({"test_mode": True, "test_numbers": "+33 6 12 34 56 79"})
        held, sent = self.enqueue(), self.enqueue(OTHER)
        self.dispatch()
        self.assertEqual((held.state, held.reason), ("held", "test_mode"))
        self.assertEqual(sent.state, "accepted")
        self.gateway.test_mode = False
        self.dispatch()
        self.assertEqual(held.state, "accepted")

    def test_test_mode_that_begins_while_a_message_waits_holds_it(self):
        message = self.enqueue()
        self.gateway.test_mode = True
        self.dispatch()
        self.assertEqual((message.state, message.reason), ("held", "test_mode"))

    def test_two_companies_are_served_side_by_side_by_their_own_gateways(self):
        other = self._new_company("Other Company")
        gateway = self._new_gateway(other, sender="OTHER")
        mine, theirs = self.enqueue(), self.enqueue(company=other)
        self.dispatch()
        self.assertEqual((mine.state, theirs.state), ("accepted", "accepted"))
        self.assertEqual(theirs.request_id.gateway_id, gateway)
        senders = {envelope.sender for envelope, _batch in self.provider.requests}
        self.assertEqual(senders, {self.gateway.sender or "", "OTHER"})

    def test_what_goes_back_into_the_queue_keeps_its_own_attempts(self):
        for turn in range(3):
            self.enqueue(f"+3361234567{turn}", purpose="marketing")
        rows = self.messages()
        rows[0].attempts = 4
        self.env.flush_all()
        claimed = self.dispatcher._claim(
            DispatchSettings(self.gateway), "marketing", limit=3
        )
        self.dispatcher._group(
            DispatchSettings(self.gateway), claimed, per_request=50, room=0
        )
        self.assertEqual(rows.mapped("attempts"), [4, 0, 0])
        self.assertEqual(set(rows.mapped("state")), {"queued"})

    def test_never_more_is_claimed_than_there_are_free_threads(self):
        self.gateway.parallel_requests = 4
        for turn in range(10):
            self.enqueue(f"+3361234567{turn}")
        settings, batches = self.claim()
        self.assertEqual(len(batches), 4 - settings.reserve)
        claimed = self.messages(("state", "=", "claimed"))
        self.assertEqual(len(claimed), len(batches))


@tagged("post_install", "-at_install")
class TestAnswers(DispatchCommon):
    def test_a_refused_message_fails_with_the_platforms_words(self):
        message = self.enqueue()
        self.provider.answers = [
            self.result(
                message,
                Outcome.REJECTED,
                error_class=ErrorClass.CONTENT,
                code="024",
                sentence="Template mismatch.",
            )
        ]
        self.dispatch()
        self.assertEqual((message.state, message.error_class), ("failed", "content"))
        self.assertIn("Template mismatch.", message.explanation)
        self.assertTrue(message.next_step)

    def test_a_lost_answer_is_unknown_and_never_sent_again_by_itself(self):
        message = self.enqueue()
        self.provider.answers = [Outcome.UNKNOWN]
        self.dispatch()
        self.assertEqual(message.state, "unknown")
        self.env["sms.hub.housekeeping"]._run()
        self.dispatch()
        self.assertEqual((message.state, len(self.provider.sent)), ("unknown", 1))

    def test_a_claim_that_breaks_costs_no_answer_that_is_on_its_way(self):
        message, answered = self.enqueue(), threading.Event()
        claim_next = type(self.dispatcher)._next_batches

        def claim_once(dispatcher, settings, busy):
            if busy:
                answered.set()
                raise ZeroDivisionError
            return claim_next(dispatcher, settings, busy)

        def answer_late(envelope, messages):
            answered.wait(5)
            return self.provider.reply(
                [SendResult(message.uuid, Outcome.ACCEPTED, message_id="late")]
            )

        self.patch(self.provider, "answer", answer_late)
        self.patch(self.env.registry["sms.hub.dispatcher"], "_next_batches", claim_once)
        # not assertRaises, which would roll the answer back
        with contextlib.suppress(ZeroDivisionError):
            self.dispatch()
        self.assertTrue(answered.is_set())
        self.assertEqual((message.state, message.platform_ref), ("accepted", "late"))

    @mute_logger("odoo.addons.sms_gateway_hub.tools.dispatch")
    def test_a_providers_own_bug_stops_its_gateway_alone(self):
        other = self._new_gateway(self._new_company("Other Company"))
        message, make_client = self.enqueue(), type(other)._make_client

        def make_or_break(gateway, transport=None):
            if gateway == other:
                raise ZeroDivisionError
            return make_client(gateway, transport)

        self.patch(self.env.registry["sms.hub.gateway"], "_make_client", make_or_break)
        self.dispatch()
        self.assertEqual(message.state, "accepted")

    @mute_logger("odoo.addons.sms_gateway_hub.tools.dispatch")
    def test_a_providers_own_bug_makes_its_messages_unknown(self):
        message = self.enqueue()
        self.provider.answers = [ZeroDivisionError()]
        self.dispatch()
        self.assertEqual(message.state, "unknown")

    def test_throttling_waits_as_long_as_asked_and_costs_no_attempt(self):
        message = self.enqueue()
        self.provider.answers = [
            self.result(
                message,
                Outcome.RETRYABLE,
                error_class=ErrorClass.THROTTLE,
                retry_after=120,
            )
        ]
        self.dispatch()
        self.assertEqual((message.state, message.attempts), ("queued", 0))
        wait = message.not_before - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 120, delta=5)
        self.due_now(message)
        self.dispatch()
        self.assertEqual(message.state, "accepted")

    def test_an_unreachable_platform_is_tried_until_the_message_expires(self):
        message = self.enqueue()
        down = self.result(
            message, Outcome.RETRYABLE, error_class=ErrorClass.GATEWAY_DOWN
        )
        self.provider.answers = [down] * (MAX_ATTEMPTS + 1)
        for _turn in range(MAX_ATTEMPTS + 1):
            self.env["sms.hub.account"].sudo().search([]).unlink()
            self.due_now(message)
            self.dispatch()
        self.assertEqual((message.state, message.attempts), ("queued", 0))
        message.sudo().expires_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.env["sms.hub.housekeeping"]._run()
        self.assertEqual((message.state, message.reason), ("expired", "expired"))

    def test_a_message_refused_alone_again_and_again_is_given_up(self):
        message = self.enqueue(purpose="marketing")
        alone = self.result(
            message, Outcome.RETRYABLE, error_class=ErrorClass.CONTENT, alone=True
        )
        self.provider.answers = [alone] * MAX_ATTEMPTS
        for _turn in range(MAX_ATTEMPTS):
            self.due_now(message)
            self.dispatch()
        self.assertEqual((message.state, message.error_class), ("failed", "content"))

    def test_back_off_grows_and_stays_within_its_limit(self):
        for attempt in range(20):
            self.assertTrue(1 <= backoff(attempt) <= min(300, 2 * 2**attempt))
        # claimed every few minutes for days, while the platform is out of reach
        self.assertTrue(1 <= backoff(2000) <= 300)

    def test_one_request_that_did_not_get_through_is_one_failure(self):
        rows = [
            self.enqueue(f"+3361234567{turn}", purpose="marketing") for turn in range(6)
        ]
        self.provider.answers = [
            [
                SendResult(
                    one.uuid, Outcome.RETRYABLE, error_class=ErrorClass.GATEWAY_DOWN
                )
                for one in rows
            ]
        ]
        self.answer(*self.claim())
        account = self.env["sms.hub.account"].sudo().search([])
        self.assertEqual((account.failures, account.open_until), (1, False))

    def test_a_refused_account_holds_its_queue_and_is_probed_with_one_request(self):
        first, second = self.enqueue(), self.enqueue(OTHER)
        refused = {"error_class": ErrorClass.ACCOUNT, "sentence": "No credit."}
        settings, batches = self.claim()
        self.provider.answers = [
            self.result(first, Outcome.RETRYABLE, **refused),
            self.result(second, Outcome.RETRYABLE, **refused),
        ]
        with mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_writeback"):
            self.answer(settings, batches)
        self.assertEqual((first.state, first.reason), ("held", "account"))
        self.assertEqual(first.attempts, 0)
        third = self.enqueue("+33612345670")
        self.dispatch()
        self.assertEqual(third.state, "queued")
        account = self.env["sms.hub.account"].sudo().search([])
        account.open_until = fields.Datetime.now() - timedelta(seconds=1)
        (first | second)._move("release")
        _settings, batches = self.claim()
        self.assertEqual(len(batches), 1)

    def test_a_shared_refusal_is_asked_again_message_by_message(self):
        good, bad = (
            self.enqueue(number, purpose="marketing") for number in (MOBILE, OTHER)
        )
        shared = {"error_class": ErrorClass.NUMBER, "alone": True}
        self.provider.answers = [
            [SendResult(one.uuid, Outcome.RETRYABLE, **shared) for one in (good, bad)],
        ]
        settings, batches = self.claim()
        self.answer(settings, batches)
        self.provider.answers = [
            Outcome.ACCEPTED,
            self.result(bad, Outcome.REJECTED, error_class=ErrorClass.NUMBER),
        ]
        self.dispatch()
        self.assertEqual((good.state, bad.state), ("accepted", "failed"))
        self.assertEqual(
            [len(batch) for _env, batch in self.provider.requests], [2, 1, 1]
        )


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

    def test_one_answer_that_cannot_be_stored_costs_no_other(self):
        bad, good = self.enqueue(), self.enqueue(OTHER)
        settings, batches = self.claim()
        answers = [hand_over(settings.client, batch, 0) for batch in batches]
        broken = next(one for one in answers if one.batch.rows[0]["id"] == bad.id)
        broken.batch.rows[0]["epoch"] = "no number"
        with mute_logger(
            "odoo.addons.sms_gateway_hub.models.sms_hub_writeback", "odoo.sql_db"
        ):
            self.env["sms.hub.writeback"]._store_all(settings, answers)
        self.assertEqual((bad.state, good.state), ("claimed", "accepted"))


@tagged("post_install", "-at_install")
class TestRate(DispatchCommon):
    def test_slots_follow_each_other_at_the_pace_of_the_account(self):
        account = self.env["sms.hub.account"]
        first, step = account._reserve_slots("key", 5, 10)
        second, _step = account._reserve_slots("key", 1, 10)
        self.assertLess(first, 0.05)
        self.assertAlmostEqual(step, 1 / 9.3, places=3)
        self.assertAlmostEqual(second, 5 * step, delta=0.1)

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
        self.env["sms.hub.account"]._reserve_slots(settings.account_key, 3, 1)
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
