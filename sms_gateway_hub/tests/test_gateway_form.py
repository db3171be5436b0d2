import socket
import time
from unittest.mock import Mock, patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..gateway.errors import Rejected
from ..gateway.transport import Transport
from ..gateway.vocabulary import ErrorClass
from .common import HubCommon

_ADDRESSES = {
    "gateway.example": "93.184.216.34",
    "inside.example": "10.0.0.7",
    "metadata.example": "169.254.169.254",
}


def _resolve(host, port, *args, **kwargs):
    address = _ADDRESSES.get(host, host)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if not address.strip("0123456789.:abcdef"):
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]
    raise socket.gaierror("unknown host")


@tagged("post_install", "-at_install")
class TestGatewayForm(HubCommon):
    """What an administrator can enter, and what the form says to it."""

    def setUp(self):
        super().setUp()
        self.startPatcher(patch("socket.getaddrinfo", _resolve))
        self.new_company = self._new_company("New Company")

    def new_gateway(self, **values):
        """Return a draft of a real platform's account."""
        return self.env["sms.hub.gateway"].create(
            {
                "name": "Draft",
                "provider": "smsgatewayhub",
                "company_id": self.new_company.id,
                **values,
            }
        )

    # === ADDRESS === #

    def test_an_address_that_may_not_be_called_is_refused_in_words(self):
        cases = (
            ("http://gateway.example", "https://"),
            ("ftp://gateway.example", "https://"),
            ("gateway.example", "https://"),
            ("https://", "https://"),
            ("not a url", "https://"),
            ("https://[::1", "cannot be read"),
            ("https://user:pass@gateway.example", "login"),
            ("https://gateway.example/?key=1", "question mark"),
            ("https://nowhere.example", "not found"),
            ("https://inside.example", "private network"),
            ("https://metadata.example", "private network"),
            ("https://127.0.0.1", "private network"),
            ("https://192.168.1.1", "private network"),
            ("https://[::1]", "private network"),
            ("https://[::ffff:10.0.0.1]", "private network"),
        )
        for url, words in cases:
            with self.subTest(url), self.assertRaisesRegex(ValidationError, words):
                self.new_gateway(base_url=url)

    def test_a_public_address_is_accepted(self):
        for url in (
            "https://gateway.example",
            "https://gateway.example:8443/api",
            False,
        ):
            with self.subTest(url):
                self.assertEqual(self.new_gateway(base_url=url).base_url, url)

    def test_a_local_address_needs_an_explicit_setting(self):
        for url in ("http://127.0.0.1:8099", "https://inside.example"):
            with self.subTest(url):
                gateway = self.new_gateway(base_url=url, allow_private_host=True)
                self.assertTrue(gateway.base_url)
                with self.assertRaisesRegex(ValidationError, "private network"):
                    gateway.allow_private_host = False
        with self.assertRaisesRegex(ValidationError, "https://"):
            self.new_gateway(base_url="http://gateway.example", allow_private_host=True)

    # === ACTIVATION === #

    def test_what_is_missing_is_asked_for_one_by_one(self):
        gateway = self.new_gateway()
        for words, values in (
            ("API key", {"api_key": "  "}),
            ("API key", {"api_key": "k3y"}),
            ("sender", {"sender": "HUBTST"}),
        ):
            with self.assertRaisesRegex(UserError, words):
                gateway.action_activate()
            self.assertEqual(gateway.state, "draft")
            gateway.write(values)
        gateway.action_activate()
        self.assertEqual(gateway.state, "active")

    def test_without_a_key_there_is_no_connection_to_test(self):
        with self.assertRaisesRegex(UserError, "API key"):
            self.new_gateway().action_test_connection()

    def test_a_wrong_key_is_told_in_the_platforms_words(self):
        def refuse(_transport, _account, _request):
            raise Rejected(ErrorClass.ACCOUNT, "007", "The key is not known here.")

        self.patch(Transport, "send", refuse)
        answer = self.new_gateway(api_key="wrong").action_test_connection()
        self.assertEqual(answer["params"]["type"], "danger")
        self.assertIn("The key is not known here.", answer["params"]["message"])

    def test_questions_count_against_the_rate_of_the_account(self):
        self.gateway.rate = 2
        moments = [self.gateway._in_turn(time.monotonic) for _turn in range(3)]
        self.assertGreater(moments[2] - moments[0], 1)

    def test_who_missed_the_moment_to_ask_waits_for_another(self):
        target = "odoo.addons.sms_gateway_hub.models.sms_hub_gateway_connection"
        ask = Mock(return_value="5")
        with patch(f"{target}.wait_for", side_effect=[False, True]) as wait:
            self.assertEqual(self.gateway._in_turn(ask), "5")
        self.assertEqual((wait.call_count, ask.call_count), (2, 1))

    def test_a_company_may_send_through_several_gateways(self):
        gateways = self.env["sms.hub.gateway"]
        second = gateways.create({"name": "Second", "sequence": 20})
        self.assertEqual(second.company_id, self.company)
        second.action_activate()
        self.assertEqual(gateways._for_company(self.company), self.gateway)
        second.sequence = 5
        self.assertEqual(gateways._for_company(self.company), second)
        second.action_deactivate()
        self.assertEqual(gateways._for_company(self.company), self.gateway)

    def test_the_sender_of_a_gateway_is_its_first_one(self):
        gateway = self.new_gateway(sender=" +33 6 39 98 00 10 ")
        sender = gateway.sender_ids
        self.assertEqual((sender.name, sender.kind), ("+33639980010", "long_code"))
        self.assertEqual((gateway.sender, gateway.one_way), ("+33639980010", False))
        gateway.sender = "MYSHOP"
        self.assertEqual(gateway.sender_ids, sender)
        self.assertEqual((sender.kind, gateway.one_way), ("header", True))
        gateway.one_way = False
        self.assertFalse(sender.one_way)
        first = self.env["sms.hub.sender"].create(
            {"name": "OTHER", "gateway_id": gateway.id, "sequence": 1}
        )
        self.assertEqual(gateway.sender, "OTHER")
        gateway.sender = False
        self.assertFalse(first.active)
        self.assertEqual(gateway.sender, "MYSHOP")
        sender.active = False
        self.assertFalse(gateway.sender)
        gateway.sender = "OTHER"
        self.assertTrue(first.active, "a sender that was archived is taken again")

    def test_limits_are_positive(self):
        for field in ("max_segments", "bulk_size", "parallel_requests", "read_timeout"):
            with (
                self.subTest(field),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(Exception, "limits_are_positive"),
                self.env.cr.savepoint(),
            ):
                self.gateway[field] = 0
                self.gateway.flush_recordset()

    @mute_logger("odoo.sql_db")
    def test_no_request_outlasts_a_scheduled_action(self):
        gateway = self.new_gateway(connect_timeout=10, read_timeout=50)
        with self.assertRaises(CheckViolation):
            gateway.read_timeout = 51
            gateway.flush_recordset()

    # === ARCHIVING AND DELETING === #

    def test_a_gateway_in_use_is_neither_archived_nor_deleted(self):
        with self.assertRaisesRegex(ValidationError, "Deactivate"):
            self.gateway.action_archive()
        with self.assertRaisesRegex(UserError, "archive"):
            self.gateway.unlink()
        self.gateway.action_deactivate()
        self.gateway.action_archive()
        self.assertFalse(self.gateway.active)

    def test_a_gateway_with_a_past_is_archived_not_deleted(self):
        past = {
            "messages": lambda: self.enqueue(),
            "events": lambda: self.env["sms.hub.event"]._insert_unreadable(
                self.gateway, "?", "?"
            ),
            "requests": lambda: self.env["sms.hub.request"].create(
                {"gateway_id": self.gateway.id}
            ),
        }
        for name, make in past.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                make()
                self.gateway.action_deactivate()
                with self.assertRaisesRegex(UserError, "history stays readable"):
                    self.gateway.unlink()
                savepoint.rollback()
        self.gateway.action_deactivate()
        self.gateway.unlink()
        self.assertFalse(self.gateway.exists())

    def test_a_gateway_with_a_past_stays_in_its_company(self):
        other = self._new_company("Other Company")
        self.enqueue()
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.gateway.company_id = other

    # === PROVIDERS === #

    def test_a_provider_without_a_client_does_not_look_as_if_it_delivered(self):
        message = self.enqueue()
        self.env.cr.execute(
            "UPDATE sms_hub_gateway SET provider = 'forgotten' WHERE id = %s",
            [self.gateway.id],
        )
        self.gateway.invalidate_recordset()
        with mute_logger("odoo.addons.sms_gateway_hub.tools.dispatch"):
            self.dispatch()
        self.assertEqual(message.state, "queued")
        with self.assertRaisesRegex(UserError, "install its addon"):
            self.gateway._make_client()

    def test_an_uninstalled_provider_leaves_nothing_active(self):
        self.gateway.write({"provider": "smsgatewayhub"})
        self.gateway._leave_provider()
        self.assertEqual(
            (self.gateway.provider, self.gateway.state), ("sandbox", "draft")
        )

    def test_the_form_opens_for_an_administrator(self):
        with Form(self.env["sms.hub.gateway"]) as form:
            form.name = "By hand"
            form.provider = "smsgatewayhub"
            self.assertEqual(form.smsgatewayhub_profile, "smsgatewayhub")
        self.assertEqual(form.record.state, "draft")
        self.assertIn("/sms_hub/", form.record.webhook_url)
