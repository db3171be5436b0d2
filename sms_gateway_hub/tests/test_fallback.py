"""What another sender can cure, and what nobody sends a second time."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.vocabulary import ErrorClass, Outcome
from ..policy.fallback import MAX_HOPS
from .common import MOBILE
from .dispatch_common import OTHER
from .fallback_common import FIRST, OTHER_ACCOUNT, SECOND, FallbackCommon


@tagged("post_install", "-at_install")
class TestFallback(FallbackCommon):
    """Refusals at the handover."""

    def settle(self, message):
        """Dispatch until the message waits no more; a slice is short."""
        for _turn in range(10):
            self.dispatch()
            if message.state != "queued":
                return

    def test_a_refused_sender_is_replaced_by_the_next_of_the_account(self):
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        message = self.enqueue()
        self.dispatch()
        self.assertEqual(self.provider.senders_of(message), [FIRST, SECOND])
        self.assertEqual((message.state, message.sender_id), ("accepted", self.second))
        self.assertEqual(message.sender, SECOND)
        self.assertEqual(message.sender_reason, "fallback")
        self.assertEqual(message.sudo().tried, [self.first.id])
        self.assertFalse(message.error_class)

    def test_then_by_one_of_another_account_and_then_it_fails(self):
        self.provider.refuses = {FIRST: ErrorClass.SENDER, SECOND: ErrorClass.SENDER}
        message = self.enqueue()
        self.settle(message)
        self.assertEqual(
            self.provider.senders_of(message), [FIRST, SECOND, OTHER_ACCOUNT]
        )
        self.assertEqual(message.gateway_id, self.second_gateway)
        self.assertEqual(message.request_id.gateway_id, self.second_gateway)
        self.provider.refuses[OTHER_ACCOUNT] = ErrorClass.SENDER
        lost = self.enqueue(OTHER)
        self.settle(lost)
        self.assertEqual(len(self.provider.senders_of(lost)), 3)
        self.assertEqual((lost.state, lost.error_class), ("failed", "sender"))

    def test_a_refused_account_is_replaced_not_its_other_sender(self):
        self.provider.refuses[FIRST] = ErrorClass.ACCOUNT
        message = self.enqueue()
        self.dispatch()
        self.assertEqual(self.provider.senders_of(message), [FIRST, OTHER_ACCOUNT])
        self.assertEqual(message.state, "accepted")

    def test_without_another_account_it_waits_for_this_one(self):
        self.second_gateway.action_deactivate()
        self.provider.refuses[FIRST] = ErrorClass.ACCOUNT
        message = self.enqueue()
        self.dispatch()
        self.assertEqual((message.state, message.reason), ("held", "account"))
        self.assertEqual(message.sender_id, self.first)

    def test_nothing_moves_to_an_account_that_is_tried_out(self):
        self.second_gateway.test_mode = True
        self.provider.refuses[FIRST] = ErrorClass.ACCOUNT
        message = self.enqueue()
        self.dispatch()
        self.assertEqual((message.reason, message.sender_id), ("account", self.first))

    def test_a_platform_that_is_down_is_waited_for_first(self):
        self.provider.refuses[FIRST] = ErrorClass.GATEWAY_DOWN
        message = self.enqueue()
        self.dispatch()
        self.assertEqual(message.state, "queued")
        self.assertEqual((message.sender_id, message.sudo().tried), (self.first, False))
        for _turn in range(5):
            self.due_now(message)
            self.dispatch()
        self.assertEqual(
            self.provider.senders_of(message), [FIRST] * 5 + [OTHER_ACCOUNT]
        )
        self.assertEqual(message.state, "accepted")

    def test_a_code_does_not_wait_for_a_platform_that_is_down(self):
        self.provider.refuses[FIRST] = ErrorClass.GATEWAY_DOWN
        message = self.enqueue(purpose="otp", body="Code 1234")
        self.settle(message)
        self.assertEqual(message.state, "accepted")
        self.assertEqual(self.provider.senders_of(message), [FIRST, OTHER_ACCOUNT])

    def test_what_may_be_out_is_never_given_to_somebody_else(self):
        self.provider.answers = [Outcome.UNKNOWN]
        message = self.enqueue()
        self.dispatch()
        for _turn in range(2):
            self.dispatch()
            self.keep_house()
        self.assertEqual(message.state, "unknown")
        self.assertEqual(self.provider.senders_of(message), [FIRST])

    def test_texts_and_numbers_are_refused_whoever_sends_them(self):
        classes = ("content", "number", "consent", "request", "policy")
        for turn, error_class in enumerate(classes):
            with self.subTest(error_class):
                self.provider.refuses[FIRST] = ErrorClass(error_class)
                message = self.enqueue(f"+3361234570{turn}")
                self.dispatch()
                self.assertEqual(
                    (message.state, message.error_class), ("failed", error_class)
                )
                self.assertEqual(self.provider.senders_of(message), [FIRST])

    @mute_logger("odoo.addons.sms_gateway_hub.tools.dispatch")
    def test_an_account_whose_key_cannot_be_opened_spoils_no_other(self):
        self.env.cr.execute(
            "UPDATE sms_hub_gateway SET api_key_encrypted = 'lost' WHERE id = %s",
            [self.second_gateway.id],
        )
        self.env.invalidate_all()
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        message = self.enqueue()
        self.dispatch()
        self.assertEqual((message.state, message.sender), ("accepted", SECOND))
        self.open_circuit(self.gateway)
        self.assertTrue(self.enqueue(OTHER), "nobody's work is undone by it")
        self.keep_house()

    def test_a_sender_that_somebody_chose_is_not_replaced(self):
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        message = self.enqueue(sender_id=self.first.id)
        self.dispatch()
        self.assertEqual((message.state, message.error_class), ("failed", "sender"))
        self.assertEqual(self.provider.senders_of(message), [FIRST])

    def test_marketing_does_not_change_to_a_sender_that_needs_a_way_out(self):
        header = self.env["sms.hub.sender"].create(
            {"name": "MYSHOP", "gateway_id": self.gateway.id, "sequence": 9}
        )
        self.second.active = False
        self.second_gateway.action_deactivate()
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        offer = self.enqueue(purpose="marketing")
        reminder = self.enqueue(OTHER)
        self.dispatch()
        self.assertEqual((offer.state, offer.error_class), ("failed", "sender"))
        self.assertEqual((reminder.state, reminder.sender_id), ("accepted", header))

    def test_a_message_whose_time_is_over_is_not_tried_again(self):
        message = self.enqueue(purpose="otp")
        self.provider.answers = [self.throttled(message, 3600)]
        self.dispatch()
        self.assertEqual((message.state, message.reason), ("expired", "expired"))
        self.assertEqual(message.error_class, "throttle")
        self.assertEqual(len(self.provider.requests), 1)

    def test_the_last_sender_keeps_it_when_too_many_were_lost(self):
        more = self.env["sms.hub.sender"].create(
            [
                {
                    "name": f"+3370000001{turn}",
                    "gateway_id": self.gateway.id,
                    "sequence": 50 + turn,
                }
                for turn in range(4)
            ]
        )
        senders = self.first | self.second | self.third | more
        self.provider.refuses = dict.fromkeys(senders.mapped("name"), ErrorClass.SENDER)
        message = self.enqueue()
        self.settle(message)
        self.assertEqual(len(self.provider.senders_of(message)), MAX_HOPS + 1)
        self.assertEqual(message.state, "failed")

    def test_refusals_of_one_request_each_find_their_way(self):
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        offers = self.enqueue(purpose="marketing") | self.enqueue(
            OTHER, purpose="marketing"
        )
        self.dispatch()
        self.assertEqual(offers.mapped("state"), ["accepted"] * 2)
        self.assertEqual(offers.sender_id, self.second)
        # one request that was refused, one that was taken
        self.assertEqual([len(batch) for _env, batch in self.provider.requests], [2, 2])

    def test_a_late_refusal_changes_nothing_that_another_claim_owns(self):
        message = self.enqueue()
        settings, batches = self.claim()
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        message.sudo().epoch += 1
        self.env.flush_all()
        self.answer(settings, batches)
        message.invalidate_recordset()
        self.assertEqual((message.state, message.sender_id), ("claimed", self.first))

    def test_a_refusal_after_the_lease_lifts_unknown_to_another_sender(self):
        """The platform's own word says that nothing was accepted."""
        message = self.enqueue()
        settings, batches = self.claim()
        self.end_lease(message)
        self.assertEqual(message.state, "unknown")
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        self.answer(settings, batches)
        message.invalidate_recordset()
        self.assertEqual((message.state, message.sender_id), ("queued", self.second))

    # === WORDS === #

    def test_the_message_says_by_whom_it_went_and_why(self):
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        message = self.enqueue()
        self.dispatch()
        told = message.with_user(self.hub_manager)
        words = f"Sent from {SECOND} because {FIRST} may not be used in France."
        self.assertEqual(told.fallback_words, words)
        self.assertIn(words, told.timeline)

    def test_every_cause_has_its_words(self):
        message = self.enqueue()
        hop = {"sender": 1, "from": FIRST, "to": SECOND, "code": "", "at": "2026-01-01"}
        causes = ("sender", "paused", "account", "unreachable", "network")
        told = {message._hop_words({**hop, "why": why}) for why in causes}
        self.assertEqual(len(told), len(causes))
        for words in told:
            self.assertIn(SECOND, words)
            self.assertNotIn("_", words)


@tagged("post_install", "-at_install")
class TestFailedReports(FallbackCommon):
    """Messages that were accepted and did not arrive."""

    def setUp(self):
        super().setUp()
        self.company.hub_repeat_by_other = True

    def fail(self, message, error_class=ErrorClass.NETWORK, word="UNDELIV"):
        self.dispatch()
        self.report(message, word, error_class=error_class)
        return message.retry_ids

    def test_it_is_sent_once_more_by_another_sender(self):
        message = self.enqueue()
        again = self.fail(message)
        self.assertEqual(message.state, "failed")
        self.assertEqual((again.state, again.sender_id), ("queued", self.second))
        self.assertEqual(again.sender_reason, "fallback")
        self.assertEqual(again.author_id, message.author_id)
        self.assertEqual(again.expires_at, message.expires_at)
        self.assertIn("did not take the message", again.fallback_words)
        self.assertFalse(self.fail(again), "once is enough")

    def test_what_runs_by_itself_is_sent_once_more_as_well(self):
        message = self.enqueue(door="automation", purpose="transactional")
        again = self.fail(message)
        self.assertEqual((again.state, again.sender_id), ("queued", self.second))

    def test_a_phone_that_was_off_is_left_alone_for_a_while(self):
        again = self.fail(self.enqueue(), ErrorClass.HANDSET, "EXPIRED")
        self.assertGreater(
            again.not_before, fields.Datetime.now() + timedelta(minutes=29)
        )

    def test_nothing_is_repeated_without_the_company_saying_so(self):
        self.company.hub_repeat_by_other = False
        self.assertFalse(self.fail(self.enqueue()))

    def test_marketing_is_never_repeated(self):
        self.assertFalse(self.fail(self.enqueue(purpose="marketing")))

    def test_a_text_or_number_that_is_at_fault_is_not_repeated(self):
        for turn, error_class in enumerate((ErrorClass.CONTENT, ErrorClass.NUMBER)):
            with self.subTest(error_class.value):
                message = self.enqueue(body=f"Text {turn}")
                self.assertFalse(self.fail(message, error_class))

    def test_without_another_sender_it_stays_failed(self):
        self.second.active = False
        self.second_gateway.action_deactivate()
        self.assertFalse(self.fail(self.enqueue()))

    def test_the_same_report_twice_repeats_nothing_twice(self):
        message = self.enqueue()
        self.fail(message)
        self.report(message, "UNDELIV", error_class=ErrorClass.NETWORK)
        self.report(message, "EXPIRED", error_class=ErrorClass.NETWORK)
        self.assertEqual(len(message.retry_ids), 1)

    def test_a_repetition_asks_the_gate_like_every_other_text(self):
        message = self.enqueue()
        self.dispatch()
        self.env["phone.blacklist"].sudo()._add([MOBILE])
        self.report(message, "UNDELIV", error_class=ErrorClass.NETWORK)
        again = message.retry_ids
        self.assertEqual((again.state, again.reason), ("blocked", "suppressed"))
        self.assertEqual(len(self.provider.sent), 1)

    def test_the_chatter_shows_the_repetition(self):
        post = self.lead._message_sms("Hello", partner_ids=self.partner.ids)
        message = self.messages(("mail_message_id", "=", post.id))
        again = self.fail(message)
        self.dispatch()
        self.mirror()
        self.assertEqual(again.state, "accepted")
        notification = post.notification_ids.filtered(
            lambda one: one.notification_type == "sms"
        )
        self.assertEqual(notification.notification_status, "pending")
        self.assertEqual(Outcome.ACCEPTED.value, again.state)
