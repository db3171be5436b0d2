"""Claims, answers and what becomes of them."""

import contextlib
import threading
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.messages import SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from ..models import sms_hub_dispatcher
from ..models.sms_hub_fallback import backoff
from ..policy.fallback import MAX_ATTEMPTS
from ..tools.dispatch import DispatchSettings
from . import common
from .common import MOBILE
from .dispatch_common import OTHER, DispatchCommon


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
        # where there is a rate, they leave at the same moment
        self.gateway.rate = 0
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
        # beside the ORM, which would cancel the message right away
        self.env.cr.execute(
            "INSERT INTO phone_blacklist (number, active) VALUES (%s, TRUE)", [MOBILE]
        )
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

    def test_what_no_request_is_free_for_stays_in_the_queue_as_it_was(self):
        for turn in range(3):
            self.enqueue(f"+3361234567{turn}", purpose="marketing")
        rows = self.messages()
        rows[1].attempts = 4
        rows.alone = True
        self.env.flush_all()
        claim = self.dispatcher._claim(
            DispatchSettings(self.gateway), "marketing", room=1, per_request=50
        )
        self.assertEqual(len(claim.work), 1)
        self.assertEqual(rows.mapped("attempts"), [1, 4, 0])
        self.assertEqual(rows.mapped("state"), ["claimed", "queued", "queued"])

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
            self.dispatcher._run_slice()
        self.assertTrue(answered.is_set())
        self.assertEqual((message.state, message.platform_ref), ("accepted", "late"))

    def test_a_slice_tells_what_is_done_before_it_ends(self):
        # Odoo passes over an action whose worker died three times with nothing done
        self.gateway.parallel_requests = 1
        self.enqueue(purpose="otp")
        self.enqueue(OTHER, purpose="otp")
        told, tell = [], type(self.env["ir.cron"])._commit_progress

        def note(crons, processed=0, **more):
            told.append((processed, len(self.provider.sent)))
            return tell(crons, processed, **more)

        self.patch(self.env.registry["ir.cron"], "_commit_progress", note)
        with patch.object(sms_hub_dispatcher, "_LOOK_SECONDS", 0):
            self.dispatch()
        self.assertEqual([one for one in told if one[0]], [(1, 1), (1, 2)])

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_claim")
    def test_a_lane_that_cannot_be_claimed_costs_nothing_of_the_lanes_before(self):
        code = self.enqueue(purpose="otp")
        self.enqueue(OTHER, purpose="marketing")
        original = type(self.dispatcher)._claim

        def claim(dispatcher, settings, lane, *args):
            if lane == "marketing":
                raise ValueError("broken")
            return original(dispatcher, settings, lane, *args)

        self.patch(type(self.dispatcher), "_claim", claim)
        # not assertRaises, which would roll the answer back
        with contextlib.suppress(ValueError):
            self.dispatch()
        self.assertEqual(code.state, "accepted")

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
        self.provider.answers = [self.throttled(message, 120)]
        self.dispatch()
        self.assertEqual((message.state, message.attempts), ("queued", 0))
        wait = message.not_before - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 120, delta=5)
        self.due_now(message)
        self.end_pause()
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

    def test_a_slice_waits_for_what_is_to_be_tried_again_before_it_ends(self):
        message = self.enqueue()
        self.provider.answers = [self.throttled(message, 0.2)]
        with patch.object(common, "_SLICE_SECONDS", 5):
            self.dispatch()
        self.assertEqual(message.state, "accepted")
        self.assertEqual(len(self.provider.sent), 2)

    def test_throttling_stops_the_whole_account_for_the_time_asked(self):
        first = self.enqueue()
        self.provider.answers = [self.throttled(first, 600)]
        self.dispatch()
        second = self.enqueue(OTHER)
        self.dispatch()
        self.assertEqual((second.state, len(self.provider.sent)), ("queued", 1))

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
        self.end_pause()
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
