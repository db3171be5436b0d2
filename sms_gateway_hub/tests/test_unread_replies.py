from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.messages import InboundSms
from .common import MOBILE
from .dispatch_common import DispatchCommon

APPLYING = "odoo.addons.sms_gateway_hub.models.sms_hub_event_apply"


@tagged("post_install", "-at_install")
class TestUnreadReplies(DispatchCommon):
    """A reply that could not be read holds its number until a person dealt with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env["sms.hub.event"]
        cls.admin = cls._new_user("hub_admin", "sms_gateway_hub.group_administrator")

    def fail(self, text="STOP", number=MOBILE, method="_obey"):
        """Store a reply that cannot be applied, and give it up; return its event."""
        reply = InboundSms("", number.lstrip("+"), "HUB", text)
        self.events._insert_all(self.gateway, [reply], "push", raw="{}")
        event = self.events.search([("number", "=", number)], limit=1)
        event.received_at -= timedelta(days=4)
        self.env.flush_all()
        inbound = self.env.registry["sms.hub.inbound"]
        with (
            patch.object(inbound, method, side_effect=RuntimeError("broken")),
            mute_logger(APPLYING),
        ):
            self.events._run()
        self.assertEqual(event.state, "dead")
        return event

    def keep_house(self):
        self.env.flush_all()
        self.env["sms.hub.housekeeping"]._run()

    def end_hold(self, message):
        """Let the moment pass for which the gate waits for a reply."""
        self.due_now(message)
        self.keep_house()

    # === WHAT IS SEEN === #

    def test_what_waits_is_on_hold_and_says_what_for(self):
        waiting = self.enqueue()
        later = self.enqueue(body="Later")
        later.sudo().not_before = fields.Datetime.now() + timedelta(days=1)
        stranger = self.enqueue(number="+33611111111")
        self.fail()
        asked = self.enqueue(body="Another")
        self.end_hold(asked)
        self.keep_house()
        for message in (waiting, asked):
            self.assertEqual(
                (message.state, message.reason, message.not_before),
                ("held", "inbound_pending", False),
            )
            plain = message.with_user(self.hub_manager)
            self.assertIn("could not be read", plain.explanation)
            self.assertIn("Events", plain.next_step)
            self.assertTrue(plain.reply_unread)
            self.assertIn("could not be read", plain.timeline)
        self.assertEqual(later.state, "queued")
        self.assertIn("could not be read", later.explanation)
        self.assertEqual(stranger.state, "queued")
        self.assertFalse(stranger.reply_unread)
        self.dispatch()
        self.assertEqual(
            [sent.reference for sent in self.provider.sent], [stranger.uuid]
        )

    def test_a_reply_that_is_only_being_read_needs_nobody(self):
        reply = InboundSms("", MOBILE.lstrip("+"), "HUB", "Hello")
        self.events._insert_all(self.gateway, [reply], "push")
        message = self.enqueue()
        self.assertEqual(message.reason, "inbound_pending")
        self.assertIn("is being read first", message.explanation)
        self.assertFalse(message.reply_unread)

    def test_the_reply_opens_from_the_text(self):
        message = self.enqueue()
        event = self.fail()
        action = message.with_user(self.admin).action_open_replies()
        found = self.events.with_user(self.admin).search(action["domain"])
        self.assertEqual(found, event)

    def test_many_texts_ask_once_for_unread_replies(self):
        self.fail()
        messages = self.enqueue(number="+33611111111")
        for number in range(40):
            messages += self.enqueue(number=f"+336112{number:05}")
        messages.invalidate_recordset(["reply_unread"])
        messages.mapped("number")
        messages.gateway_id.mapped("state")
        with self.assertQueryCount(2):
            messages.mapped("reply_unread")

    # === WHAT LETS THEM GO === #

    def test_applying_it_again_obeys_it(self):
        for text, state in (("STOP", "cancelled"), ("Thanks", "queued")):
            with self.subTest(text):
                number = f"+33612{len(text):06}"
                message = self.enqueue(number=number)
                event = self.fail(text, number)
                self.keep_house()
                self.assertEqual(message.state, "held")
                event.with_user(self.admin).action_apply_again()
                self.events._run()
                self.assertEqual((event.unread, message.state), (False, state))

    def test_a_reply_that_was_obeyed_lets_go_where_it_cannot_be_posted(self):
        message = self.enqueue()
        event = self.fail("Thanks")
        self.keep_house()
        event.with_user(self.admin).action_apply_again()
        inbound = self.env.registry["sms.hub.inbound"]
        with (
            patch.object(inbound, "_receive", side_effect=RuntimeError("broken")),
            mute_logger(APPLYING),
        ):
            self.events._run()
        self.assertEqual((event.unread, message.state), (False, "queued"))

    def test_marking_it_as_read_lets_go_and_is_recorded(self):
        message = self.enqueue()
        event = self.fail("Thanks")
        self.keep_house()
        event.with_user(self.admin).action_mark_read()
        self.assertEqual((event.state, event.unread), ("ignored", False))
        self.assertIn(self.admin.name, event.outcome)
        self.assertEqual(event.write_uid, self.admin)
        self.assertEqual((message.state, message.reason), ("queued", False))
        self.keep_house()
        self.dispatch()
        self.assertEqual(message.state, "accepted")

    def test_a_stop_is_not_passed_over(self):
        message = self.enqueue()
        event = self.fail("STOP").with_user(self.admin)
        with self.assertRaisesRegex(UserError, "cannot be passed over"):
            event.action_mark_read()
        self.assertTrue(event.unread)
        self.assertEqual(message.state, "queued")
        self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": MOBILE,
                    "scope": "all",
                    "action": "refused",
                    "source": "agent",
                }
            ]
        )
        self.assertEqual(message.state, "cancelled")
        event.action_mark_read()
        self.assertFalse(event.unread)

    def test_only_what_could_not_be_read_is_marked(self):
        event = self.fail("Thanks", method="_receive").with_user(self.admin)
        self.assertFalse(event.unread)
        with self.assertRaisesRegex(UserError, "could not be read"):
            event.action_mark_read()

    def test_nobody_else_marks_replies(self):
        event = self.fail("Thanks")
        for user in (self.hub_user, self.hub_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                event.with_user(user).action_mark_read()
        self.assertTrue(event.unread)
