import threading
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import Registry
from odoo.tools import mute_logger

from ..gateway.messages import InboundSms
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestInboundStop(HubCommon):
    def blacklist(self, number=MOBILE):
        return (
            self.env["phone.blacklist"]
            .sudo()
            .with_context(active_test=False)
            .search([("number", "=", number)])
        )

    def test_a_stop_suppresses_the_number_and_cancels_what_waits(self):
        queued = self.enqueue(key="offer")
        held = self.enqueue()
        held._move("hold", reason="account")
        other = self.enqueue(number="+33611111111")
        self.reply(MOBILE, "Stop!")
        self.assertTrue(self.blacklist().active)
        for message in (queued, held):
            self.assertEqual(
                (message.state, message.reason), ("cancelled", "cancelled_by_stop")
            )
        self.assertEqual(other.state, "queued")
        keys = self.env["sms.hub.key"].sudo().search([("key", "=", "offer")])
        self.assertFalse(keys, "whoever may be texted again is not a duplicate")

    def test_it_holds_for_every_company(self):
        other = self._new_company("Other Company")
        self._new_gateway(other)
        theirs = self.enqueue(company=other)
        self.reply(MOBILE, "STOP")
        self.assertEqual(theirs.state, "cancelled")

    def test_nothing_is_sent_to_the_number_any_more(self):
        self.reply(MOBILE, "STOP")
        blocked = self.enqueue()
        self.assertEqual((blocked.state, blocked.reason), ("blocked", "suppressed"))
        notice = self.enqueue(purpose="notice")
        self.assertEqual(notice.state, "queued", "the one confirmation may go out")

    def test_what_is_being_sent_is_left_alone(self):
        claimed, notice = self.enqueue(), self.enqueue(purpose="notice")
        self.env.cr.execute(
            "UPDATE sms_hub_message SET state = 'claimed' WHERE id = %s", [claimed.id]
        )
        claimed.invalidate_recordset()
        self.reply(MOBILE, "STOP")
        self.assertEqual((claimed.state, notice.state), ("claimed", "queued"))

    def test_only_a_whole_message_is_a_stop(self):
        for text in ("stop by the office", "Don't stop", "I cannot stop laughing", "?"):
            with self.subTest(text=text):
                self.reply(MOBILE, text)
                self.assertFalse(self.blacklist())

    def test_a_stop_works_whatever_the_blacklist_knows(self):
        blacklist = self.env["phone.blacklist"]
        for name, number, prepare in (
            ("already there", MOBILE, blacklist.add),
            ("taken off before", "+33611111111", blacklist.remove),
        ):
            with self.subTest(name):
                prepare(number)
                self.reply(number, "STOP", message_id=name)
                self.assertEqual(self.blacklist(number).mapped("active"), [True])

    def test_the_owner_sees_that_it_was_a_stop(self):
        self.reply(MOBILE, "STOP")
        notes = self.lead.message_ids.filtered(lambda one: not one.hub_inbound_number)
        self.assertIn("not to be texted", notes[0].body)

    def test_short_codes_stop_nobody(self):
        self.reply("56767", "STOP")
        self.assertFalse(self.blacklist("56767"))

    # === A REPLY THAT IS NOT READ YET === #

    def unread(self, text):
        """Store a reply without applying it."""
        inbound = InboundSms(
            message_id="", from_number=MOBILE, to_number="X", text=text
        )
        self.env["sms.hub.event"]._insert_all(self.gateway, [inbound], "push")

    def test_a_number_with_an_unread_reply_is_held_and_let_go(self):
        self.unread("Hello")
        message = self.enqueue()
        self.assertEqual((message.state, message.reason), ("held", "inbound_pending"))
        self.env["sms.hub.event"]._run()
        self.assertEqual((message.state, message.reason), ("queued", False))

    def test_an_unread_stop_wins_the_race(self):
        queued = self.enqueue()
        self.unread("STOP")
        held = self.enqueue()
        provider = self._use_script()
        self.dispatch()
        self.assertEqual(provider.sent, [])
        self.env["sms.hub.event"]._run()
        self.dispatch()
        self.assertEqual(
            [one.reference for one in provider.sent],
            self.messages(("purpose", "=", "notice")).mapped("uuid"),
            "nothing but the confirmation",
        )
        self.assertEqual((queued.state, held.state), ("cancelled", "cancelled"))


@tagged("post_install", "-at_install")
class TestInboundStopAtOnce(BaseCase):
    """Two transactions that suppress one number at the same moment."""

    number = "+33600000042"

    def setUp(self):
        super().setUp()
        Registry(get_db_name())
        self.addCleanup(self.clean)

    def clean(self):
        with self.own_cursor() as env:
            entries = env["phone.blacklist"].search([("number", "=", self.number)])
            entries.unlink()

    @contextmanager
    def own_cursor(self):
        with db_connect(get_db_name()).cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield api.Environment(cr, SUPERUSER_ID, {})

    def suppress(self, env):
        env["phone.blacklist"]._hub_add([self.number])
        env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_the_second_one_finds_what_the_first_one_added(self):
        failed = []

        def second():
            try:
                with self.own_cursor() as env:
                    self.suppress(env)
            except Exception as error:  # noqa: BLE001 - the thread's result
                failed.append(error)

        twin = threading.Thread(target=second)
        with self.own_cursor() as env:
            self.suppress(env)
            twin.start()
            twin.join(0.5)
            self.assertTrue(twin.is_alive(), "it waits until the first one commits")
        twin.join(5)
        self.assertEqual(failed, [])
        with self.own_cursor() as env:
            entries = env["phone.blacklist"].search([("number", "=", self.number)])
            self.assertEqual(len(entries), 1)
