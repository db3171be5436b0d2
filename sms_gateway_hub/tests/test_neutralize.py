from odoo import fields
from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.transport import Transport
from ..tools import vault
from .common import HubCommon


@tagged("post_install", "-at_install")
class TestNeutralize(HubCommon):
    """A copy of the database reaches nobody."""

    def setUp(self):
        super().setUp()
        self.gateway.write(
            {"provider": "smsgatewayhub", "api_key": "k3y", "sender": "HUBTST"}
        )
        self.gateway.webhook_secret = "signing"
        self.core_sent = self._watch_core()
        self.patch(Transport, "send", self._no_network)

    def _no_network(self, account, request):
        raise AssertionError("a copy must not talk to anybody")

    def neutralize(self):
        """Do to the test's transaction what is done to a copy."""
        self.env.flush_all()
        with mute_logger("odoo.modules.neutralize"):
            neutralize_database(self.env.cr)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def work(self):
        """Run everything that could send, cron jobs that are off included."""
        self.dispatch()
        self.env["sms.hub.poller"]._run()
        self.env["sms.hub.housekeeping"]._run()
        self._core_queue()
        self.env["sms.sms"].sudo().search([]).resend_failed()
        self._core_queue()

    def texts(self):
        """Return one message of each way to wait, with core's row."""
        messages = self.messages()
        for body in ("Queued", "Held", "Claimed", "Accepted"):
            self.lead._message_sms(body)
        messages = self.messages() - messages
        queued, held, claimed, accepted = messages
        held._move("hold", reason="account")
        for message, state in ((claimed, "claimed"), (accepted, "accepted")):
            self.env.cr.execute(
                "UPDATE sms_hub_message SET state = %s WHERE id = %s",
                [state, message.id],
            )
        messages.invalidate_recordset()
        return queued, held, claimed, accepted

    def test_nothing_is_sent_from_a_copy(self):
        self.texts()
        self.neutralize()
        self.work()
        self.assertEqual(self.core_sent, [])

    def test_what_waited_is_cancelled_and_what_may_be_out_is_unknown(self):
        queued, held, claimed, accepted = self.texts()
        self.neutralize()
        states = [one.state for one in (queued, held, claimed, accepted)]
        self.assertEqual(states, ["cancelled", "cancelled", "unknown", "accepted"])
        self.mirror()
        self.assertFalse(
            self.env["sms.sms"]
            .sudo()
            .search([("state", "in", ("outgoing", "process"))])
        )

    def test_the_copy_knows_no_secret(self):
        token = vault.decrypt(self.gateway.sudo().webhook_token_encrypted)
        self.neutralize()
        gateway = self.gateway.sudo()
        self.assertEqual(gateway.state, "draft")
        self.assertEqual(gateway._to_account().api_key, "")
        self.assertFalse(gateway.webhook_url)
        door = gateway._webhook_door()
        self.assertEqual(door.live_secrets(fields.Datetime.now()), [])
        webhook = self.env["sms.hub.webhook"]
        self.assertFalse(webhook._authenticate(token, "127.0.0.1", {}, b"", 0))

    def test_the_scheduled_actions_are_off(self):
        self.neutralize()
        crons = self.env["ir.cron"].search([("cron_name", "like", "SMS Hub")])
        self.assertFalse(crons.filtered("active"))

    def test_the_copy_can_be_connected_anew(self):
        queued = self.enqueue(key="welcome")
        self.neutralize()
        gateway = self.gateway
        gateway.write({"provider": "sandbox"})
        gateway.action_renew_webhook()
        gateway.action_activate()
        self.assertTrue(gateway.webhook_url)
        self.assertNotEqual(self.enqueue(key="welcome"), queued, "its key is free")
