from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..hooks import uninstall_hook
from ..tools.sms_api import SmsApiHub
from .common import MOBILE, HubCommon

_OTHER = "+33612345679"


@tagged("post_install", "-at_install")
class TestActivation(HubCommon):
    """A gateway comes, pauses and goes while messages wait."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway.action_deactivate()
        cls.bare = cls._new_company("Bare")

    def setUp(self):
        super().setUp()
        self.platform = self._use_script()
        self.core_sent = self._watch_core()

    def _text(self, text, **values):
        lead = self.env["crm.lead"].create({"name": text, "phone": MOBILE, **values})
        lead._message_sms(text, put_in_queue=True)
        return self.env["sms.sms"].search([("body", "=", text)])

    def _send_everything(self):
        for _time in range(2):
            self._core_queue()
            self.dispatch()

    # === ADOPTING === #

    def test_nothing_changes_before_somebody_activates_a_gateway(self):
        sms = self._text("Hello")
        self.assertFalse(sms.hub_managed)
        self.assertFalse(self.messages())
        self.assertNotEqual(self.company._get_sms_api_class(), SmsApiHub)
        self._core_queue()
        self.assertEqual(self.core_sent, [sms.uuid])

    def test_what_waits_in_cores_queue_goes_out_once_and_through_the_gateway(self):
        ours = self._text("ours")
        theirs = self._text("theirs", company_id=self.bare.id)
        self.gateway.action_activate()
        message = self.messages()
        self.assertRecordValues(
            message,
            [
                {
                    "uuid": ours.uuid,
                    "state": "queued",
                    "body": "ours",
                    "company_id": self.company.id,
                    "res_model": "crm.lead",
                    "door": "chatter",
                }
            ],
        )
        self._send_everything()
        self.assertEqual(self.core_sent, [theirs.uuid])
        self.assertEqual([one.text for one in self.platform.sent], ["ours"])
        notification = ours.mail_message_id.notification_ids
        self.assertEqual(notification.notification_status, "pending")

    def test_a_waiting_mailing_belongs_to_the_company_of_its_mailing(self):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "hub_company_id": self.company.id,
            }
        )
        sms = self.env["sms.sms"].create(
            [
                {"number": MOBILE, "body": "mailing", "mailing_id": mailing.id},
                {"number": _OTHER, "body": "nobody knows whose"},
            ]
        )
        if "record_company_id" in sms:
            sms.record_company_id = False
        # who sends core's queue belongs to another company than who activates
        self.env.user.write(
            {"company_ids": [(4, self.bare.id)], "company_id": self.bare.id}
        )
        self.gateway.action_activate()
        self.assertEqual(self.messages().mapped("body"), ["mailing"])
        self.assertEqual(self.messages().mailing_id, mailing)

    def test_only_what_really_waits_is_adopted(self):
        for state, gone in (("error", False), ("pending", False), ("outgoing", True)):
            sms = self._text(f"{state} {gone}")
            sms.write({"state": state, "to_delete": gone})
        self.gateway.action_activate()
        self.assertFalse(self.messages())

    def test_what_arrives_at_core_during_the_activation_is_adopted_later(self):
        for send in (self._core_queue, lambda: self.env["sms.sms"].search([]).send()):
            with self.subTest(send=send):
                sms = self._text(f"late {len(self.messages())}")
                self.gateway.action_activate()
                self._forget(sms)
                send()
                self.assertFalse(self.core_sent)
                self.assertTrue(sms.hub_managed)
                self.assertEqual(len(sms._hub_messages()), 1)
                self.gateway.action_deactivate()

    def _forget(self, sms):
        """Let an SMS look as if core had made it before the gateway was active."""
        sms._hub_messages().write({"state": "cancelled"})
        sms._hub_messages().unlink()
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "UPDATE sms_sms SET hub_managed = FALSE WHERE id = %s RETURNING id",
                sms.id,
            )
        )
        self.env.invalidate_all()

    def test_an_addon_that_asks_for_the_api_gets_the_ledger(self):
        self.gateway.action_activate()
        api = self.company._get_sms_api_class()(self.env)
        numbers = [{"number": MOBILE, "uuid": "a" * 32}]
        answer = api._send_sms_batch([{"content": "Your code", "numbers": numbers}])
        self.assertEqual(answer, [{"uuid": "a" * 32, "state": "success"}])
        self.assertFalse(self.platform.requests)
        message = self.messages()
        self.assertEqual((message.uuid, message.body), ("a" * 32, "Your code"))
        api._send_sms_batch([{"content": "Your code", "numbers": numbers}])
        self.assertEqual(self.messages(), message, "asked for twice, sent once")

    def test_a_company_that_used_twilio_sends_nothing_there_any_more(self):
        if "sms_provider" not in self.company:
            self.skipTest("sms_twilio is not installed")
        from odoo.addons.sms_twilio.tools.sms_api import (  # noqa: PLC0415
            SmsApiTwilio,
        )

        self.company.sms_provider = "twilio"
        waiting = self._text("waiting")
        self.gateway.action_activate()
        self._text("new")
        with patch.object(
            SmsApiTwilio, "_send_sms_batch", side_effect=AssertionError
        ) as twilio:
            waiting.send()
            self._send_everything()
        twilio.assert_not_called()
        self.assertEqual({one.text for one in self.platform.sent}, {"waiting", "new"})

    # === PAUSING AND LEAVING === #

    def test_a_paused_gateway_takes_texts_and_keeps_them(self):
        self.gateway.action_activate()
        self.gateway.action_pause()
        sms = self._text("Hello")
        self._send_everything()
        self.assertFalse(self.platform.requests)
        self.assertFalse(self.core_sent)
        self.assertEqual(sms.state, "outgoing")
        self.assertIn("paused", self.messages().explanation)
        self.gateway.action_activate()
        self._send_everything()
        self.assertEqual(len(self.platform.sent), 1)

    def test_what_waits_when_a_gateway_leaves_is_neither_lost_nor_sent_by_core(self):
        self.gateway.action_activate()
        self._text("waiting")
        self.gateway.action_deactivate()
        self._send_everything()
        self.assertFalse(self.core_sent)
        self.assertFalse(self.platform.requests)
        self.assertIn("deactivated", self.messages().explanation)
        after = self._text("after")
        self._core_queue()
        self.assertEqual(self.core_sent, [after.uuid], "Odoo sends again as before")
        self.gateway.action_activate()
        self._send_everything()
        self.assertEqual([one.text for one in self.platform.sent], ["waiting"])
        self.assertEqual(self.core_sent, [after.uuid])

    def test_what_waited_can_be_cancelled_after_the_gateway_left(self):
        self.gateway.action_activate()
        sms = self._text("waiting")
        self.gateway.action_deactivate()
        sms.action_set_canceled()
        self.assertEqual(self.messages().state, "cancelled")
        self.assertEqual(sms.state, "canceled")

    # === UNINSTALLING === #

    def test_core_takes_over_only_what_was_never_handed_over(self):
        self.gateway.action_activate()
        states = {
            "due": "outgoing",
            "for later": "canceled",
            "held": "canceled",
            "too old": "error",
            "claimed": "pending",
            "unknown": "pending",
            "accepted": "pending",
            "delivered": "sent",
            "failed": "error",
        }
        sms = {name: self._text(name) for name in states}
        now = fields.Datetime.now()
        values = {
            "for later": {"not_before": now + timedelta(days=1)},
            "too old": {"expires_at": now - timedelta(hours=1)},
        }
        for name, one in sms.items():
            one._hub_messages().write(
                values.get(name, {} if name == "due" else {"state": name})
            )
        self.env.flush_all()
        self.messages().write({"mirror_pending": True})
        uninstall_hook(self.env)
        self.assertEqual({name: one.state for name, one in sms.items()}, states)
