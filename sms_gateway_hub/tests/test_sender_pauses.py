"""Senders that rest: by hand, by themselves, and how they come back."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged, users

from ..gateway.vocabulary import ErrorClass, Outcome
from ..policy.sender_health import FIRST_PAUSE, LAST_PAUSE
from .dispatch_common import OTHER
from .fallback_common import FIRST, SECOND, FallbackCommon

GERMAN = "+4915112345678"


@tagged("post_install", "-at_install")
class TestPauses(FallbackCommon):
    """What a pause does to texts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.germany = cls.env.ref("base.de")
        cls.company.hub_country_ids = cls.france | cls.germany

    def only_one_sender(self):
        self.second.active = False
        self.second_gateway.action_deactivate()

    def test_new_texts_leave_from_another_sender_meanwhile(self):
        self.pause(self.first, self.france, note="Registration runs out")
        self.assertEqual(self.enqueue().sender_id, self.second)
        self.assertEqual(self.enqueue(GERMAN).sender_id, self.first)

    def test_waiting_texts_move_and_say_why(self):
        message, german = self.enqueue(), self.enqueue(GERMAN)
        self.pause(self.first, self.france, note="Registration runs out")
        self.keep_house()
        self.assertEqual((message.state, message.sender_id), ("queued", self.second))
        self.assertEqual(message.sender_reason, "fallback")
        self.assertIn("is paused for France", message.fallback_words)
        self.assertFalse(message.sudo().tried, "nothing was tried")
        self.assertEqual(german.sender_id, self.first)

    def test_what_is_not_moved_in_time_is_held_by_the_gate(self):
        message = self.enqueue()
        self.pause(self.first, note="Registration runs out")
        self.dispatch()
        self.assertEqual((message.state, message.reason), ("held", "sender_paused"))
        self.assertEqual(self.provider.requests, [])
        self.keep_house()
        self.dispatch()
        self.assertEqual((message.state, message.sender), ("accepted", SECOND))

    def test_without_another_sender_it_waits_and_goes_on_by_itself(self):
        self.only_one_sender()
        waiting = self.enqueue()
        pause = self.pause(self.first, note="Registration runs out")
        fresh = self.enqueue(OTHER)
        self.assertEqual((fresh.state, fresh.reason), ("held", "sender_paused"))
        self.assertIn("paused for this country", fresh.explanation)
        self.keep_house()
        self.dispatch()
        self.assertEqual((waiting.state, waiting.reason), ("held", "sender_paused"))
        self.assertEqual(self.provider.requests, [])
        pause._end()
        self.keep_house()
        self.dispatch()
        self.assertEqual({waiting.state, fresh.state}, {"accepted"})

    def test_a_chosen_sender_is_waited_for(self):
        self.pause(self.first, note="Registration runs out")
        message = self.enqueue(sender_id=self.first.id)
        self.keep_house()
        self.assertEqual((message.state, message.reason), ("held", "sender_paused"))
        self.assertEqual(message.sender_id, self.first)

    def test_codes_pass_a_filter_but_not_a_missing_registration(self):
        self.only_one_sender()
        later = fields.Datetime.now() + timedelta(hours=1)
        pause = self.pause(self.first, self.france, "filtered", until=later)
        self.assertEqual(self.enqueue(purpose="otp").state, "queued")
        self.assertEqual(self.enqueue(purpose="marketing").state, "held")
        pause._end()
        self.pause(self.first, self.france, "unregistered", until=later)
        self.assertEqual(self.enqueue(purpose="otp").state, "held")

    def test_what_is_held_for_another_reason_is_not_let_go(self):
        (self.gateway | self.second_gateway).test_mode = True
        message = self.enqueue()
        self.assertEqual(message.reason, "test_mode")
        pause = self.pause(self.first, note="Registration runs out")
        pause._end()
        self.keep_house()
        self.assertEqual((message.state, message.reason), ("held", "test_mode"))

    def test_a_sender_is_paused_once_for_a_country(self):
        one = self.pause(self.first, self.france, note="One")
        two = self.pause(self.first, self.france, note="Two")
        self.assertEqual(one, two)
        everywhere = self.pause(self.first, note="Everywhere")
        self.assertNotEqual(one, everywhere)

    def test_another_company_is_not_concerned(self):
        other = self._new_company("Other Company")
        gateway = self._new_gateway(other, sender=FIRST)
        self.pause(self.first, note="Ours")
        theirs = self.enqueue(company=other)
        self.assertEqual((theirs.state, theirs.gateway_id), ("queued", gateway))


@tagged("post_install", "-at_install")
class TestPausedByHand(FallbackCommon):
    """Buttons, and who may press them."""

    def switch(self, user, what="pause", **values):
        sender = self.first.with_user(user)
        action = sender.action_pause() if what == "pause" else sender.action_resume()
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        with Form(wizard) as form:
            for name, value in values.items():
                form[name] = value
        return wizard

    def test_a_manager_pauses_and_resumes_with_a_reason(self):
        self.enqueue()
        wizard = self.switch(self.hub_manager, country_id=self.france, note="Renewal")
        self.assertEqual(wizard.waiting_count, 1)
        wizard.action_switch()
        pause = self.first.pause_ids
        self.assertEqual((pause.kind, pause.country_id), ("manual", self.france))
        self.assertEqual(
            (pause.reason, pause.paused_by_id), ("Renewal", self.hub_manager)
        )
        self.assertEqual(self.first.health, "paused")
        self.assertEqual(self.first.health_words, "Paused for France")
        self.switch(self.hub_manager, "resume", note="Renewed").action_switch()
        self.assertEqual((pause.state, pause.resume_note), ("over", "Renewed"))
        self.assertEqual(pause.resumed_by_id, self.hub_manager)
        self.assertFalse(self.first.pause_ids.filtered(lambda one: one.state != "over"))

    def test_a_reason_is_needed_and_an_end_lies_ahead(self):
        wizard = self.switch(self.hub_manager, note="  ")
        with self.assertRaises(UserError):
            wizard.action_switch()
        wizard = self.switch(
            self.hub_manager,
            note="Renewal",
            until=fields.Datetime.now() - timedelta(hours=1),
        )
        with self.assertRaises(UserError):
            wizard.action_switch()

    def test_it_ends_by_itself_when_a_person_said_so(self):
        end = fields.Datetime.now() + timedelta(hours=1)
        self.switch(self.hub_manager, note="Renewal", until=end).action_switch()
        pause = self.first.pause_ids
        self.watch_senders()
        self.assertEqual(pause.state, "paused")
        pause.sudo().until = fields.Datetime.now() - timedelta(seconds=1)
        # nobody waits for the next run
        self.assertEqual(self.enqueue().state, "queued")
        self.watch_senders()
        self.assertEqual(pause.state, "over")

    def test_a_pause_by_hand_replaces_one_that_would_end_by_itself(self):
        self.pause(self.first, self.france, "filtered", until=fields.Datetime.now())
        self.switch(
            self.hub_manager, country_id=self.france, note="Until I say so"
        ).action_switch()
        pause = self.first.pause_ids.filtered(lambda one: one.state != "over")
        self.assertEqual((pause.kind, pause.reason), ("manual", "Until I say so"))

    @users("hub_user")
    def test_others_neither_pause_nor_resume(self):
        self.pause(self.first.sudo(), note="Renewal")
        for action in (self.first.with_user(self.env.user),):
            with self.assertRaises(AccessError):
                action.action_pause()
            with self.assertRaises(AccessError):
                action.action_resume()
        with self.assertRaises(AccessError):
            self.env["sms.hub.sender.switch"].create(
                {"what": "pause", "sender_id": self.first.id, "note": "No"}
            )
        with self.assertRaises(AccessError):
            self.env["sms.hub.sender.pause"].search([])

    @users("hub_manager")
    def test_nobody_writes_pauses_or_figures_by_hand(self):
        self.pause(self.first.sudo(), note="Renewal")
        pause = self.env["sms.hub.sender.pause"].search([])
        for change in (
            lambda: pause.write({"state": "over"}),
            lambda: pause.create({"sender_id": self.first.id, "kind": "filtered"}),
            lambda: pause.unlink(),
            lambda: self.env["sms.hub.sender.health"].create({}),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_a_manager_of_another_company_sees_and_changes_nothing(self):
        other = self._new_company("Other Company")
        stranger = self._new_user("stranger", "sms_gateway_hub.group_manager")
        stranger.write({"company_id": other.id, "company_ids": [(6, 0, other.ids)]})
        self.pause(self.first, note="Renewal")
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        self.assertFalse(env["sms.hub.sender.pause"].search([]))
        wizard = env["sms.hub.sender.switch"].create(
            {"what": "pause", "sender_id": self.first.id, "note": "Theirs"}
        )
        with self.assertRaises(AccessError):
            wizard.action_switch()


@tagged("post_install", "-at_install")
class TestPausedByItself(FallbackCommon):
    """Patterns, alarms and trials."""

    def refused_texts(self, error_class=ErrorClass.SENDER, count=3):
        """Let platform or operators refuse texts of the first sender."""
        self.provider.refuses[FIRST] = error_class
        messages = self.messages().browse()
        for turn in range(count):
            messages |= self.enqueue(f"+3361234{turn:04}")
        self.dispatch()
        return messages

    def filtered_texts(self, count=20, filtered=4):
        """Let operators hold back texts that the platform took."""
        self.provider.refuses.clear()
        messages = self.messages().browse()
        for turn in range(count):
            messages |= self.enqueue(f"+3361235{turn:04}")
        while "queued" in messages.mapped("state"):
            self.dispatch()
        for turn, message in enumerate(messages):
            if turn < filtered:
                self.report(message, "UNDELIV", error_class=ErrorClass.CONTENT)
            else:
                self.report(message)
        return messages

    def open_pauses(self):
        return self.first.pause_ids.filtered(lambda one: one.state != "over")

    def make_due(self, pause):
        pause.sudo().until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()

    def test_a_sender_that_a_country_does_not_know_rests_there(self):
        messages = self.refused_texts()
        self.assertEqual(set(messages.mapped("sender")), {SECOND})
        self.watch_senders()
        pause = self.open_pauses()
        self.assertEqual((pause.kind, pause.country_id), ("unregistered", self.france))
        self.assertIn("3 of the last 3 texts to France", pause.reason)
        self.assertAlmostEqual(
            pause.until,
            fields.Datetime.now() + FIRST_PAUSE,
            delta=timedelta(minutes=1),
        )
        self.assertEqual(self.enqueue().sender_id, self.second)

    def test_two_refusals_are_no_pattern(self):
        self.refused_texts(count=2)
        self.watch_senders()
        self.assertFalse(self.open_pauses())

    def test_a_sender_that_operators_hold_back_rests(self):
        self.filtered_texts()
        self.watch_senders()
        pause = self.open_pauses()
        self.assertEqual(pause.kind, "filtered")
        self.assertEqual((pause.refused_count, pause.settled_count), (4, 20))

    def test_the_company_says_from_when_on(self):
        self.company.write({"hub_filter_share": 30})
        self.filtered_texts()
        self.watch_senders()
        self.assertFalse(self.open_pauses())
        self.company.write({"hub_filter_share": 20, "hub_filter_least": 21})
        self.watch_senders()
        self.assertFalse(self.open_pauses())

    def test_a_wrong_template_is_no_filter(self):
        """The platform refuses such texts at once; the sender is not to blame."""
        self.refused_texts(ErrorClass.CONTENT, count=30)
        self.watch_senders()
        self.assertFalse(self.open_pauses())

    def test_it_is_an_alarm_until_the_pause_is_over(self):
        self.refused_texts()
        self.watch_senders()
        alarm = self.env["sms.hub.alarm"].search([("sender_id", "=", self.first.id)])
        self.assertEqual((alarm.kind, alarm.state), ("sender_paused", "open"))
        self.open_pauses()._end()
        self.assertEqual(alarm.state, "closed")

    def test_what_was_before_a_pause_is_no_reason_for_the_next(self):
        self.refused_texts()
        self.watch_senders()
        self.open_pauses()._end()
        self.env.cr.execute(
            "UPDATE sms_hub_sender_pause SET ended_at = ended_at + INTERVAL '5 s'"
        )
        self.watch_senders()
        self.assertFalse(self.open_pauses())

    # === TRIALS === #

    def begin_trial(self):
        """Let the first sender rest and its pause be due; return pause and trial."""
        self.refused_texts()
        self.watch_senders()
        pause = self.open_pauses()
        self.make_due(pause)
        self.provider.refuses.clear()
        message = self.enqueue(OTHER)
        self.assertEqual(message.sender_id, self.second)
        return pause, message

    def test_one_text_goes_out_on_trial_and_its_arrival_ends_the_pause(self):
        pause, trial = self.begin_trial()
        later = self.enqueue("+33612345690")
        before = len(self.provider.requests)
        self.dispatch()
        self.assertEqual((pause.state, pause.probe_id), ("probing", trial))
        self.assertEqual((trial.state, trial.sender), ("accepted", FIRST))
        self.assertEqual(later.sender, SECOND)
        self.assertEqual(len(self.provider.requests), before + 2)
        self.watch_senders()
        self.assertEqual(pause.state, "probing", "nobody knows yet")
        self.report(trial)
        self.watch_senders()
        self.assertEqual(pause.state, "over")
        self.assertEqual(self.enqueue("+33612345691").sender_id, self.first)

    def test_a_refused_trial_doubles_the_pause_and_finds_another_sender(self):
        pause, trial = self.begin_trial()
        self.provider.refuses[FIRST] = ErrorClass.SENDER
        self.dispatch()
        self.assertEqual((trial.state, trial.sender), ("accepted", SECOND))
        self.watch_senders()
        self.assertEqual((pause.state, pause.failed_probes), ("paused", 1))
        self.assertAlmostEqual(
            pause.until,
            fields.Datetime.now() + 2 * FIRST_PAUSE,
            delta=timedelta(minutes=1),
        )
        pause.sudo().write({"failed_probes": 20, "state": "probing"})
        self.watch_senders()
        self.assertLessEqual(pause.until, fields.Datetime.now() + LAST_PAUSE)

    def test_a_trial_that_says_nothing_is_repeated_with_the_next_text(self):
        pause, trial = self.begin_trial()
        self.provider.answers = [Outcome.UNKNOWN]
        self.dispatch()
        self.assertEqual(trial.state, "unknown")
        self.watch_senders()
        self.assertEqual((pause.state, pause.failed_probes), ("paused", 0))
        following = self.enqueue("+33612345692")
        self.dispatch()
        self.assertEqual(pause.probe_id, following)

    def test_a_trial_without_a_report_is_given_up_after_an_hour(self):
        pause, trial = self.begin_trial()
        self.dispatch()
        trial.sudo().accepted_at = fields.Datetime.now() - timedelta(minutes=61)
        self.watch_senders()
        self.assertEqual(pause.state, "paused")

    def test_what_waits_for_the_sender_is_tried_first(self):
        self.second.active = False
        self.second_gateway.action_deactivate()
        self.pause(self.first, self.france, "unregistered", until=fields.Datetime.now())
        waiting = self.enqueue() | self.enqueue(OTHER)
        self.assertEqual(set(waiting.mapped("state")), {"held"})
        self.dispatch()
        self.assertEqual(sorted(waiting.mapped("state")), ["accepted", "held"])
        self.assertEqual(len(self.provider.sent), 1)

    def test_nothing_urgent_is_risked(self):
        pause, trial = self.begin_trial()
        trial.action_cancel()
        code = self.enqueue(purpose="otp")
        self.dispatch()
        self.assertEqual((code.sender, pause.state), (SECOND, "paused"))

    def test_no_text_is_tried_that_the_sender_may_not_carry(self):
        pause, trial = self.begin_trial()
        self.first.for_transactional = False
        self.dispatch()
        self.assertEqual((trial.sender, pause.state), (SECOND, "paused"))
