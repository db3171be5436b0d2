from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..gateway.vocabulary import Outcome
from .common import MOBILE
from .dispatch_common import OTHER, DispatchCommon


@tagged("post_install", "-at_install")
class TestResolve(DispatchCommon):
    """A manager says what became of texts whose answer got lost."""

    def lost(self, number=MOBILE, **asked):
        """Return a text whose answer got lost."""
        message = self.enqueue(number, **asked)
        self.provider.answers.append(Outcome.UNKNOWN)
        self.dispatch()
        self.assertEqual(message.state, "unknown")
        return message

    def resolve(self, messages, resolution, note="She showed it on her phone"):
        action = messages.with_user(self.hub_manager).action_resolve()
        wizard = self.env[action["res_model"]].with_user(self.hub_manager)
        form = Form(wizard.browse(action["res_id"]))
        form.resolution = resolution
        form.note = note
        return form.save().action_resolve()

    # === WHAT A MANAGER SAYS === #

    def test_a_text_that_arrived_is_delivered_by_a_persons_word(self):
        message = self.lost()
        self.resolve(message, "delivered")
        self.assertEqual(message.state, "delivered")
        self.assertTrue(message.delivered_at)
        self.assertEqual(message.resolved_by_id, self.hub_manager)
        self.assertEqual(message.resolve_note, "She showed it on her phone")
        self.assertIn("says that it arrived", message.timeline)
        self.assertIn("She showed it on her phone", message.timeline)

    def test_a_text_that_did_not_arrive_may_be_sent_again(self):
        message = self.lost()
        self.resolve(message, "failed", "He has nothing")
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.explanation, "It could not be delivered.")
        again = message._send_again()
        self.assertEqual(again.retry_of_id, message)

    def test_sending_once_more_is_a_new_row_in_spite_of_the_same_text(self):
        message = self.lost(door="automation", purpose="marketing")
        self.resolve(message, "again", "Better twice than never")
        self.assertEqual(message.state, "failed")
        again = message.retry_ids
        self.assertEqual(again.state, "queued")
        self.assertEqual(again.body, message.body)
        self.assertEqual(again.released_by_id, self.hub_manager)
        self.assertEqual(again.release_note, "Better twice than never")
        self.dispatch()
        self.assertEqual(again.state, "accepted")
        self.assertEqual(len(self.provider.sent), 2)

    def test_the_rules_are_asked_before_it_is_sent_once_more(self):
        message = self.lost()
        self.env["phone.blacklist"].sudo()._add([MOBILE])
        self.resolve(message, "again")
        self.assertEqual(message.retry_ids.state, "blocked")
        self.assertEqual(message.retry_ids.reason, "suppressed")

    def test_several_are_resolved_at_once_and_counted(self):
        messages = self.lost() | self.lost(OTHER)
        action = messages.with_user(self.hub_manager).action_resolve()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.report(messages[0], metadata={"reference": messages[0].uuid})
        self.assertEqual(messages[0].state, "delivered")
        wizard.write({"resolution": "failed", "note": "Nobody got it"})
        told = wizard.with_user(self.hub_manager).action_resolve()
        self.assertIn("Texts resolved: 1.", told["params"]["message"])
        self.assertIn("1 had been settled", told["params"]["message"])
        self.assertEqual(messages.mapped("state"), ["delivered", "failed"])

    # === EVIDENCE WINS === #

    def late(self, message, word):
        self.report(message, word, metadata={"reference": message.uuid})

    def test_a_late_report_wins_over_a_persons_word(self):
        for resolution, word, state in (
            ("failed", "DELIVRD", "delivered"),
            ("failed", "ACCEPTD", "accepted"),
            ("failed", "EXPIRED", "expired"),
            ("delivered", "UNDELIV", "failed"),
            ("delivered", "DELIVRD", "delivered"),
            # on its way says nothing against having arrived
            ("delivered", "ACCEPTD", "delivered"),
            ("again", "DELIVRD", "delivered"),
        ):
            with self.subTest(resolution=resolution, word=word):
                message = self.lost(f"+336123456{self.next_number():02d}")
                self.resolve(message, resolution)
                self.late(message, word)
                self.assertEqual(message.state, state)
                self.assertEqual(message.resolution, resolution)

    def next_number(self):
        self.turn = getattr(self, "turn", 9) + 1
        return self.turn

    def test_what_a_report_settled_is_not_reopened(self):
        message = self.lost()
        self.resolve(message, "failed")
        self.late(message, "DELIVRD")
        self.late(message, "UNDELIV")
        self.assertEqual(message.state, "delivered")

    def test_a_late_answer_of_the_platform_wins_too(self):
        message = self.enqueue()
        settings, work = self.claim()
        self.end_lease(message)
        self.assertEqual(message.state, "unknown")
        self.resolve(message, "failed")
        self.answer(settings, work)
        self.assertEqual(message.state, "accepted")
        self.assertTrue(message.sudo().platform_ref)

    # === ASKING THE PLATFORM === #

    def test_the_platform_is_asked_where_it_named_the_request(self):
        message = self.lost()
        request = message.sudo().request_id
        request.platform_ref = False
        asked = message.with_user(self.hub_manager)._ask_platform()
        self.assertFalse(asked, "nothing to ask by")
        request.platform_ref = "job-7"
        asked = message.with_user(self.hub_manager)._ask_platform()
        self.assertEqual(asked.ids, message.ids)
        self.assertTrue(message.sudo().request_id.next_poll_at)

    # === WHO MAY, AND WHAT === #

    def test_a_reason_and_a_choice_are_required(self):
        message = self.lost()
        wizard = self.env["sms.hub.resolve"].create({"message_ids": message.ids})
        wizard = wizard.with_user(self.hub_manager)
        with self.assertRaisesRegex(UserError, "Choose"):
            wizard.action_resolve()
        for note in (False, "", "  "):
            wizard.sudo().write({"resolution": "failed", "note": note})
            with self.assertRaisesRegex(UserError, "Say why"):
                wizard.action_resolve()
        self.assertEqual(message.state, "unknown")

    def test_only_unknown_texts_are_resolved(self):
        message = self.enqueue()
        with self.assertRaisesRegex(UserError, "unknown"):
            message.with_user(self.hub_manager).action_resolve()
        self.assertFalse(
            message.with_user(self.hub_manager)._resolve("delivered", "I say so")
        )
        self.assertEqual(message.state, "queued")

    @mute_logger("odoo.orm.models")
    def test_only_managers_of_the_company_resolve(self):
        message = self.lost(res_model="crm.lead", res_id=self.lead.id)
        with self.assertRaises(AccessError):
            message.with_user(self.hub_user).action_resolve()
        with self.assertRaises(AccessError):
            self.env["sms.hub.resolve"].with_user(self.hub_user).create({})
        other = self._new_company("Elsewhere")
        stranger = self._new_user("stranger", "sms_gateway_hub.group_manager")
        stranger.sudo().write({"company_ids": [(6, 0, other.ids)], "company_id": other})
        with self.assertRaises(AccessError):
            message.with_user(stranger).with_context(
                allowed_company_ids=other.ids
            ).action_resolve()
        self.assertEqual(message.state, "unknown")

    @mute_logger("odoo.orm.models")
    def test_nobody_writes_a_resolution_by_hand(self):
        message = self.lost()
        with self.assertRaises(AccessError):
            message.with_user(self.hub_manager).write({"resolution": "delivered"})
