"""Platforms that do not answer: who takes over what waits for them, and when."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .dispatch_common import OTHER
from .fallback_common import FIRST, OTHER_ACCOUNT, FallbackCommon


@tagged("post_install", "-at_install")
class TestLostPlatforms(FallbackCommon):
    """What waits for a platform that does not answer."""

    def test_it_moves_once_the_trouble_lasts(self):
        message = self.enqueue()
        self.open_circuit(self.gateway, since=10)
        self.keep_house()
        self.assertEqual(message.gateway_id, self.gateway)
        self.open_circuit(self.gateway, since=20)
        self.keep_house()
        self.assertEqual((message.state, message.sender), ("queued", OTHER_ACCOUNT))
        self.assertEqual(message.gateway_id, self.second_gateway)
        self.assertIn("does not answer", message.fallback_words)
        self.dispatch()
        self.assertEqual(message.state, "accepted")

    def test_new_texts_go_around_it(self):
        self.open_circuit(self.gateway)
        self.assertEqual(self.enqueue().sender_id, self.third)

    def test_codes_wait_neither_for_it_nor_until_the_trouble_lasts(self):
        before = self.enqueue(purpose="otp", body="Code 1234")
        other = self.enqueue(OTHER)
        self.open_circuit(self.gateway, since=0)
        after = self.enqueue(purpose="otp", body="Code 5678")
        self.assertEqual(after.sender, OTHER_ACCOUNT)
        self.keep_house()
        self.assertEqual((before.state, before.sender), ("queued", OTHER_ACCOUNT))
        self.assertEqual(self.enqueue(OTHER, "Hello again").sender, FIRST)
        self.assertEqual(other.sender, FIRST)

    def test_a_moment_is_waited_for_with_codes_too(self):
        self.open_circuit(self.gateway, seconds=1, since=0)
        self.assertEqual(self.enqueue(purpose="otp").sender, FIRST)

    def test_codes_stay_where_nobody_else_could_send_them(self):
        self.third.for_otp = False
        message = self.enqueue(purpose="otp")
        self.open_circuit(self.gateway)
        self.keep_house()
        self.assertEqual(message.sender, FIRST)

    def test_others_are_looked_for_when_it_stops_answering_and_when_that_lasts(self):
        data = self.env.cr.postcommit.data
        for seconds, runs in ((1, 0), (10, 1), (60, 2)):
            self.env.cr.postcommit.clear()
            data.clear()
            self.env.cr.execute("DELETE FROM sms_hub_account WHERE key = 'key'")
            for _turn in range(2):
                self.env["sms.hub.account"]._note_unreachable(
                    "key", seconds, "It does not answer.", at_once=True
                )
            asked = data.get("sms_gateway_hub.triggers", ())
            self.assertEqual(len(asked), runs, seconds)

    def test_what_the_account_held_moves_too(self):
        message = self.enqueue()
        message._move(
            "hold",
            reason="account",
            not_before=fields.Datetime.now() + timedelta(minutes=5),
        )
        self.open_circuit(self.gateway)
        self.keep_house()
        self.dispatch()
        self.assertEqual((message.state, message.sender), ("accepted", OTHER_ACCOUNT))

    def test_what_an_administrator_paused_waits(self):
        message = self.enqueue()
        self.gateway.action_pause()
        self.open_circuit(self.gateway)
        self.keep_house()
        self.assertEqual(message.gateway_id, self.gateway)

    def test_nothing_moves_to_where_it_would_wait(self):
        message = self.enqueue()
        self.second_gateway.action_pause()
        self.open_circuit(self.gateway)
        self.keep_house()
        self.assertEqual(message.gateway_id, self.gateway)

    def test_many_move_in_batches(self):
        company = self.company
        asked = [
            {
                "company": company,
                "door": "queue",
                "number": f"+336{turn:08}",
                "body": "Hello",
            }
            for turn in range(1100)
        ]
        messages = self.env["sms.hub.message"]._enqueue(asked)
        self.open_circuit(self.gateway)
        self.keep_house()
        messages.invalidate_recordset()
        self.assertEqual(messages.mapped("gateway_id"), self.second_gateway)
