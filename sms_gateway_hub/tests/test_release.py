from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..policy import Reason
from ..policy.reasons import RELEASABLE
from .common import MOBILE, HubCommon

_NOTE = "The customer asked for it"
_HOLDS = sorted(reason.value for reason in RELEASABLE - {Reason.REPEATED})


@tagged("post_install", "-at_install")
class TestRelease(HubCommon):
    """Managers let go what rules hold back."""

    def _held(self, reason, **asked):
        message = self.enqueue(author_id=self.hub_user.id, **asked)
        return message._move("hold", reason=reason, not_before=None)

    def _blocked(self, reason, **asked):
        message = self.enqueue(author_id=self.hub_user.id, **asked)
        return message._move("block", reason=reason)

    def _release(self, messages, user=None, note=_NOTE):
        user = user or self.hub_manager
        action = messages.with_user(user).action_release()
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        with Form(wizard) as form:
            form.note = note
        return wizard, wizard.action_release()

    # === WHAT MAY BE RELEASED === #

    def test_a_released_text_queues_again_and_tells_who_did_so_and_why(self):
        for reason in _HOLDS:
            with self.subTest(reason=reason):
                message = self._held(reason)
                self._release(message)
                self.assertEqual((message.state, message.reason), ("queued", False))
                self.assertEqual(message.released_reasons, reason)
                self.assertEqual(message.released_by_id, self.hub_manager)
                self.assertEqual(message.release_note, _NOTE)
                self.assertTrue(message.released_at)
                self.assertIn(_NOTE, message.timeline)

    def test_what_was_released_before_stays_released(self):
        message = self._held("approval")
        self._release(message)
        message._move("hold", reason="quiet_hours")
        self._release(message)
        self.assertEqual(message.released_reasons, "approval,quiet_hours")

    def test_nobody_releases_past_the_recipient_the_number_or_test_mode(self):
        for reason in set(Reason) - RELEASABLE:
            for make in (self._held, self._blocked):
                with self.subTest(reason=reason.value, make=make.__name__):
                    message = make(reason.value)
                    state = message.state
                    wizard, _action = self._release(message)
                    self.assertEqual((wizard.count, wizard.kept_count), (0, 1))
                    self.assertEqual(message.state, state)
                    self.assertFalse(message.released_reasons or message.retry_ids)
                    self.assertFalse(message.with_user(self.hub_manager).releasable)

    def test_a_repeated_text_goes_out_as_a_new_row_that_carries_the_release(self):
        message = self._blocked("repeated")
        self._release(message)
        self.assertEqual(message.state, "blocked")
        again = message.retry_ids
        self.assertEqual((again.state, again.released_reasons), ("queued", "repeated"))
        self.assertEqual(again.released_by_id, self.hub_manager)
        self.assertEqual(again.release_note, _NOTE)
        wizard, _action = self._release(message)
        self.assertFalse(wizard.count)

    def test_an_approval_holds_for_a_repetition_and_hours_do_not(self):
        message = self._held("approval")
        self._release(message)
        message._move("hold", reason="quiet_hours")
        self._release(message)
        message._move("cancel", reason="cancelled_by_user")
        again = message._send_again()
        self.assertEqual(again.released_reasons, "approval")
        self.assertEqual(again.release_note, _NOTE)

    # === FOUR EYES === #

    def test_nobody_approves_texts_of_their_own(self):
        for reason in ("approval", "user_limit"):
            with self.subTest(reason=reason):
                message = self._held(reason)
                message.sudo().author_id = self.hub_manager
                self.assertFalse(message.with_user(self.hub_manager).releasable)
                wizard, action = self._release(message)
                self.assertEqual((wizard.count, wizard.own_count), (0, 1))
                self.assertEqual(action["params"]["type"], "warning")
                self.assertEqual(message.state, "held")
                second = self._new_user(
                    f"second_{reason}", "sms_gateway_hub.group_manager"
                )
                self._release(message, second)
                self.assertEqual(message.state, "queued")

    def test_a_manager_releases_their_own_text_from_the_hours(self):
        message = self._held("quiet_hours")
        message.sudo().author_id = self.hub_manager
        self._release(message)
        self.assertEqual(message.state, "queued")

    def test_the_whole_sending_is_released_at_once(self):
        batch = {"batch_size": 3, "batch_ref": "spring"}
        first, *others = (self._held("approval", **batch) for _row in range(3))
        stranger = self._held("approval", batch_size=3, batch_ref="summer")
        action = first.with_user(self.hub_manager).action_release()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        with Form(wizard.with_user(self.hub_manager)) as form:
            self.assertEqual((form.count, form.batch_count), (1, 3))
            form.whole_batch = True
            self.assertEqual(form.count, 3)
            form.note = _NOTE
        wizard.with_user(self.hub_manager).action_release()
        released = first.union(*others)
        self.assertEqual(set(released.mapped("state")), {"queued"})
        self.assertEqual(stranger.state, "held")

    # === RIGHTS === #

    def test_plain_users_see_why_and_release_nothing(self):
        message = self._held("quiet_hours", res_model="crm.lead", res_id=self.lead.id)
        theirs = message.with_user(self.hub_user)
        self.assertTrue(theirs.explanation and theirs.next_step)
        self.assertFalse(theirs.releasable)
        for attempt in (
            theirs.action_release,
            lambda: theirs._release(_NOTE),
            lambda: theirs.write({"state": "queued"}),
            lambda: theirs.write({"released_reasons": "quiet_hours"}),
            lambda: (
                self.env["sms.hub.release"]
                .with_user(self.hub_user)
                .create({"message_ids": message.ids, "note": _NOTE})
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(message.state, "held")
        buttons = {
            kind: self.env["sms.hub.message"]
            .with_user(self.hub_user)
            .get_views([(view and self.env.ref(view).id, kind)])["views"][kind]["arch"]
            for kind, view in (
                ("list", "sms_gateway_hub.sms_hub_message_view_list_blocked"),
                ("form", False),
            )
        }
        for kind, arch in buttons.items():
            self.assertNotIn("action_release", arch, kind)

    def test_a_manager_releases_for_their_own_companies(self):
        other = self._new_company("Other")
        self._new_gateway(other)
        message = self._held("quiet_hours", company=other)
        with self.assertRaises(AccessError):
            message.with_user(self.hub_manager).action_release()

    def test_a_reason_has_to_be_given(self):
        message = self._held("quiet_hours")
        action = message.with_user(self.hub_manager).action_release()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        for note in ("", "  "):
            with self.assertRaises(UserError):
                wizard.note = note
                wizard.with_user(self.hub_manager).action_release()
        self.assertEqual(message.state, "held")

    # === MANY === #

    def test_many_texts_are_released_in_a_few_statements(self):
        messages = self.env["sms.hub.message"]._enqueue(
            [
                {
                    "company": self.company,
                    "door": "queue",
                    "number": f"+33612{number:06}",
                    "body": "Hello",
                    "author_id": self.hub_user.id,
                }
                for number in range(500)
            ]
        )
        messages._move("hold", reason="approval")
        managed = messages.with_user(self.hub_manager)
        managed.check_access("read")
        with self.assertQueryCount(12):
            released = managed._release(_NOTE)
        self.assertEqual(len(released), 500)

    # === THE LIST === #

    def test_the_list_says_until_when(self):
        message = self._held("quiet_hours")
        self.assertFalse(message.held_until)
        message.not_before = "2030-01-01 08:00:00"
        self.assertEqual(str(message.held_until), "2030-01-01 08:00:00")
        message._move("cancel", reason="cancelled_by_user")
        self.assertFalse(message.held_until)

    def test_the_list_is_grouped_by_reason_in_words(self):
        self._held("quiet_hours")
        self._blocked("suppressed", number=MOBILE)
        action = self.env.ref("sms_gateway_hub.sms_hub_message_action_blocked")
        self.assertIn("search_default_group_by_reason", action.context)
        groups = self.env["sms.hub.message"].formatted_read_group(
            [("state", "in", ("held", "blocked"))], ["reason"], ["__count"]
        )
        self.assertEqual(
            {one["reason"] for one in groups}, {"quiet_hours", "suppressed"}
        )

    # === A STOP AFTER IT === #

    def _told(self, message):
        return {step.title: step.detail for step in message._timeline_steps()}

    def test_a_stop_after_a_release_is_told_with_the_release(self):
        held = self._held("quiet_hours")
        self._release(held)
        blocked = self._blocked("repeated")
        self._release(blocked)
        name = self.hub_manager.name
        self.reply(MOBILE, "STOP")
        again = blocked.retry_ids
        outcome = (
            "The recipient answered STOP while it was waiting. That counts more than "
            f"the release by {name}."
        )
        for message in (held, again):
            self.assertEqual(message.reason, "cancelled_by_stop")
            told = self._told(message)
            self.assertEqual(told[f"Released by {name}"], _NOTE)
            self.assertEqual(told["Cancelled"], outcome)
            words = message.with_user(self.hub_manager).evidence_words
            for word in ("Released", name, _NOTE, "Stopped after that", "STOP"):
                self.assertIn(word, words)
        # the text that was refused first tells what became of its successor
        self.assertEqual(self._told(blocked)["Sent again as a new text"], outcome)

    def test_a_release_that_nothing_stopped_says_no_more_than_itself(self):
        message = self._held("quiet_hours")
        self.assertFalse(message.evidence_words)
        self._release(message)
        self.assertIn(_NOTE, message.evidence_words)
        self.assertNotIn("Stopped", message.evidence_words)
        message._move("cancel", reason="cancelled_by_user")
        self.assertNotIn("counts more", self._told(message)["Cancelled"])
        never = self._held("quiet_hours", number="+33611111111")
        self.reply("+33611111111", "STOP")
        self.assertNotIn("counts more", self._told(never)["Cancelled"])
