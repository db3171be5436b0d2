import json

from odoo.exceptions import UserError
from odoo.tests import Form, HttpCase, tagged

from odoo.addons.sms_gateway_hub.gateway import HttpResponse, Outcome, Transport
from odoo.addons.sms_gateway_hub.tests.common import MOBILE, HubCommon


class ToyPlatform:
    """Answers as the toy platform would, and remembers what it was asked."""

    def __init__(self):
        self.requests = []
        self.state = "ON_ITS_WAY"

    def send(self, transport, account, request):
        """Stand in for the network."""
        self.requests.append((account, request))
        if request.path == "/v1/balance":
            return self._answer({"coins": 12.5})
        if request.method == "GET":
            return self._answer({"items": [{"id": "t-1", "state": self.state}]})
        items = [{"ref": item["ref"], "id": "t-1"} for item in request.json["items"]]
        return self._answer({"batch": "b-1", "items": items}, 202)

    @staticmethod
    def _answer(body, status=200):
        return HttpResponse(status, json.dumps(body).encode())


@tagged("post_install", "-at_install")
class TestToyGateway(HubCommon, HttpCase):
    """A stranger's addon sends, asks and listens; the hub knows nothing of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway.action_deactivate()
        cls.toy = cls.env["sms.hub.gateway"].create(
            {"name": "Toy", "provider": "toy", "toy_region": "us"}
        )

    def setUp(self):
        super().setUp()
        self.platform = ToyPlatform()
        self.patch(
            Transport,
            "send",
            lambda transport, *call: self.platform.send(transport, *call),
        )

    def activate(self):
        self.toy.write({"api_key": "t0y-k3y", "sender": "TOY"})
        self.toy.action_activate()

    def test_the_form_asks_for_what_the_provider_needs(self):
        with self.assertRaisesRegex(UserError, "API key"):
            self.toy.action_activate()
        with Form(self.toy) as form:
            form.toy_region = "eu"
            form.api_key = "t0y-k3y"
            form.sender = "TOY"
        self.toy.action_activate()
        self.assertEqual(self.toy.state, "active")

    def test_the_connection_is_tested_with_what_it_can_do(self):
        self.activate()
        answer = self.toy.action_test_connection()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertEqual(self.toy.balance, "Coins: 12.5")
        ((account, request),) = self.platform.requests
        self.assertEqual(request.path, "/v1/balance")
        self.assertEqual(account.base_url, "https://us.toy-sms.example")

    def test_a_text_is_sent_asked_for_and_delivered(self):
        self.activate()
        self.lead._message_sms("Hello Camille")
        self.dispatch()
        message = self.messages()
        self.assertEqual((message.state, message.platform_ref), ("accepted", "t-1"))
        _account, request = self.platform.requests[-1]
        self.assertEqual(
            request.json,
            {
                "from": "TOY",
                "items": [{"ref": message.uuid, "to": MOBILE, "text": "Hello Camille"}],
            },
        )
        self.platform.state = "ARRIVED"
        message.request_id.next_poll_at = "2020-01-01 00:00:00"
        self.env["sms.hub.poller"]._run()
        self.env["sms.hub.event"]._run()
        self.assertEqual(message.state, "delivered")

    def test_its_pushes_are_understood(self):
        self.activate()
        self.lead._message_sms("Hello Camille")
        self.dispatch()
        pushed = {"message_id": "t-1", "status": "RETURNED"}
        path = self.toy.webhook_url[self.toy.webhook_url.index("/sms_hub/") :]
        answer = self.url_open(path, json=pushed)
        self.assertEqual(answer.json()["stored"], 1)
        self.env.invalidate_all()
        self.env["sms.hub.event"]._run()
        message = self.messages()
        self.assertEqual((message.state, message.error_class), ("failed", "network"))
        self.assertIn("returned it", message.explanation)

    def test_bulk_respects_what_a_request_takes(self):
        self.activate()
        for turn in range(25):
            self.enqueue(number=f"+336123456{turn:02}", purpose="marketing")
        self.dispatch()
        sizes = [
            len(request.json["items"]) for _account, request in self.platform.requests
        ]
        self.assertEqual(sorted(sizes), [5, 10, 10])
        self.assertEqual(set(self.messages().mapped("state")), {"accepted"})

    def test_a_lost_answer_is_unknown_here_too(self):
        self.activate()
        self.platform.send = lambda *call: HttpResponse(200, b"<html>")
        message = self.enqueue()
        self.dispatch()
        self.assertEqual(message.state, Outcome.UNKNOWN)

    def test_uninstalling_it_leaves_no_gateway_active(self):
        self.activate()
        selection = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", "sms.hub.gateway"),
                ("field_id.name", "=", "provider"),
                ("value", "=", "toy"),
            ]
        )
        self.assertEqual(len(selection), 1)
        selection._process_ondelete()
        self.assertEqual((self.toy.provider, self.toy.state), ("sandbox", "draft"))
