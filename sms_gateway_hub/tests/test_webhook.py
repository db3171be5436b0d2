import json
from datetime import timedelta
from urllib.parse import urlencode

from odoo import fields
from odoo.tests import tagged

from ..controllers.webhook import MAX_BYTES
from ..gateway.transport import Transport
from .common import MOBILE
from .webhook_common import API_KEY, WebhookCase

_REPORT = {
    "type": "dlr",
    "message_id": "8a5f",
    "to": "33612345678",
    "from": "HUBTST",
    "status": "DELIVRD",
    "delivered_at": "2026-01-15T10:30:00+05:30",
    "text": "",
    "metadata": {"crm_contact_id": 17, "campaign_id": "spring"},
}
_REPLY = {
    "type": "inbound",
    "message_id": "in-1",
    "to": "HUBTST",
    "from": "33612345678",
    "text": "Yes, please",
    "metadata": {},
}


@tagged("post_install", "-at_install")
class TestWebhook(WebhookCase):
    def test_the_platforms_example_is_stored_and_applied(self):
        message = self.accepted()
        answer = self.call(json.dumps(_REPORT))
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(
            answer.json(), {"status": "ok", "stored": 1, "known": 0, "refused": []}
        )
        event = self.events()
        self.assertEqual(event.metadata, _REPORT["metadata"])
        self.assertEqual(str(event.occurred_at), "2026-01-15 05:00:00")
        self.assertEqual(message.state, "accepted", "the call itself only stores")
        self.env["sms.hub.event"]._run()
        self.assertEqual((message.state, event.number), ("delivered", MOBILE))

    def test_a_call_may_come_in_any_shape(self):
        fields = {key: _REPORT[key] for key in ("type", "message_id", "to", "status")}
        form = "application/x-www-form-urlencoded"
        calls = {
            "a GET": {"params": fields},
            "JSON": {"body": json.dumps(fields)},
            "JSON without its type": {
                "body": json.dumps(fields),
                "headers": {"Content-Type": "text/plain"},
            },
            "a list": {"body": json.dumps([fields])},
            "a form": {"body": urlencode(fields), "headers": {"Content-Type": form}},
            "a form in parts": {
                "files": {key: (None, value) for key, value in fields.items()}
            },
        }
        for turn, (shape, call) in enumerate(calls.items()):
            with self.subTest(shape):
                # every shape reports a message of its own
                old, new = fields["message_id"], f"id-{turn}"
                call = json.loads(json.dumps(call).replace(old, new))
                if "files" in call:
                    call["files"] = {k: tuple(v) for k, v in call["files"].items()}
                answer = self.call(**call)
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertEqual(answer.json()["stored"], 1, answer.text)
                event = self.events()[-1]
                self.assertEqual(event.platform_ref, new)
                self.assertEqual(event.raw_status, "DELIVRD")

    def test_one_call_may_carry_many_events(self):
        reports = [dict(_REPORT, message_id=f"id-{turn}") for turn in range(40)]
        answer = self.call(json.dumps([*reports, _REPLY]))
        self.assertEqual(answer.json()["stored"], 41)
        self.assertEqual(
            self.events().mapped("platform_ref"),
            [*(f"id-{turn}" for turn in range(40)), "in-1"],
            "in the order of the call, because replies are a conversation",
        )

    def test_the_platform_may_name_its_fields_otherwise(self):
        self.gateway.webhook_field_map = "message_id = ref.id\nstatus = dlr_state\n"
        self.call(json.dumps({"ref": {"id": "77"}, "dlr_state": "DELIVRD"}))
        event = self.events()
        self.assertEqual(
            (event.kind, event.platform_ref, event.report_state),
            ("dlr", "77", "delivered"),
        )

    def test_what_comes_twice_is_stored_once(self):
        for turn in range(3):
            answer = self.call(json.dumps([_REPORT, _REPLY, _REPLY]))
            self.assertEqual(answer.json()["stored"], 0 if turn else 2)
        self.assertEqual(len(self.events()), 2)

    def test_a_call_leaves_no_session_and_no_network(self):
        def no_network(*args):
            raise AssertionError("a webhook call must not call anybody")

        self.patch(Transport, "send", no_network)
        answer = self.call(json.dumps(_REPORT))
        self.assertEqual(answer.status_code, 200)
        self.assertNotIn("Set-Cookie", answer.headers)
        refused = self.call(json.dumps(_REPORT), token="wrong")
        self.assertNotIn("Set-Cookie", refused.headers)

    def test_the_call_is_kept_without_the_key(self):
        self.call(json.dumps(dict(_REPORT, note=f"key={API_KEY}")))
        raw = self.events().raw
        self.assertIn("DELIVRD", raw)
        self.assertNotIn(API_KEY, raw)

    def test_an_empty_call_is_a_friendly_question(self):
        for body in (None, b"", b"  \n"):
            with self.subTest(body=body):
                answer = self.call(body)
                self.assertEqual(answer.status_code, 200)
                self.assertEqual(answer.json()["stored"], 0)
        self.assertFalse(self.events())

    def test_the_form_tells_when_the_last_call_came(self):
        self.assertFalse(self.gateway.webhook_last_at)
        self.call(json.dumps(_REPORT))
        self.assertAlmostEqual(
            self.gateway.webhook_last_at, fields.Datetime.now(), delta=timedelta(days=1)
        )

    # === WHAT NOBODY CAN READ === #

    def test_bad_input_is_kept_for_a_person_and_never_an_error(self):
        deep = b'{"a":' * 500 + b"1" + b"}" * 500
        calls = {
            "broken JSON": b'{"type": "dlr", ',
            "deep JSON": deep,
            "deeper than Python": b"[" * 100_000,
            "a number": b"[17]",
            "null": b"null",
            "no text": b"\xff\xfe\x00\x01",
            "wrong types": json.dumps(
                {"type": ["dlr"], "message_id": {"a": 1}, "status": None, "to": True}
            ).encode(),
            "an unknown kind": b'{"type": "invoice", "message_id": "1"}',
            "no id": b'{"type": "dlr", "status": "DELIVRD"}',
            "nobody": b'{"type": "inbound", "text": "Hi"}',
            "too many": json.dumps(
                [{"type": "dlr", "message_id": "1"}] * 1001
            ).encode(),
        }
        for name, body in calls.items():
            with self.subTest(name):
                known = self.events()
                answer = self.call(body)
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertEqual(answer.json()["status"], "unreadable")
                self.assertTrue(answer.json()["refused"])
                event = self.events() - known
                self.assertEqual((event.kind, event.state), ("unreadable", "dead"))
                kept = body.decode("utf-8", "replace").replace("\x00", "").strip()
                self.assertEqual(event.raw, kept, "the whole call")
                self.call(body)
                self.assertEqual(self.events() - known, event, "and only once")

    def test_odd_but_readable_input_is_stored(self):
        calls = {
            "NUL": (b'{"from": "33612345678", "text": "a\\u0000b"}', "text", "ab"),
            "half a pair": (
                b'{"from": "33612345678", "text": "a\\ud83d"}',
                "text",
                "a",
            ),
            "invalid UTF-8": (
                b'{"from": "33612345678", "text": "caf\xe9"}',
                "text",
                "caf�",
            ),
            "unknown word": (
                b'{"message_id": "1", "status": "Lost in space"}',
                "raw_status",
                "Lost in space",
            ),
            "numbers for texts": (
                b'{"message_id": 12345678901234567890, "status": 7}',
                "platform_ref",
                "12345678901234567890",
            ),
            "no time": (
                b'{"message_id": "2", "status": "DELIVRD", "delivered_at": "soon"}',
                "occurred_at",
                False,
            ),
            "a huge number": (
                b'{"message_id": "3", "status": "x", "metadata": {"n": 1e999}}',
                "metadata",
                {"n": "1e999"},
            ),
        }
        for name, (body, field, value) in calls.items():
            with self.subTest(name):
                known = self.events()
                answer = self.call(body)
                self.assertEqual(answer.status_code, 200, answer.text)
                self.assertEqual((self.events() - known)[field], value)

    def test_a_part_that_cannot_be_read_does_not_cost_the_rest(self):
        answer = self.call(json.dumps([_REPORT, {"type": "invoice"}]))
        self.assertEqual(answer.json()["stored"], 1)
        self.assertEqual(self.events().mapped("kind"), ["dlr", "unreadable"])

    def test_what_was_unreadable_is_read_once_its_names_are_known(self):
        self.call(json.dumps([_REPORT, {"msgid": "9", "state": "DELIVRD"}]))
        unreadable = self.events(("kind", "=", "unreadable"))
        self.gateway.webhook_field_map = "message_id = msgid\nstatus = state"
        unreadable.action_apply_again()
        self.env["sms.hub.event"]._run()
        # now the other half of the call has the wrong names: it is known already
        reports = self.events(("kind", "=", "dlr"))
        self.assertEqual(reports.mapped("platform_ref"), ["8a5f", "9"])

    def test_a_call_beyond_the_limit_is_refused(self):
        answer = self.call(b" " * (MAX_BYTES + 1))
        self.assertEqual(answer.status_code, 413)
        try:
            huge = self.call(b"x" * 10_000_000)
        except ConnectionError:
            huge = None  # refused before it was sent to its end
        if huge is not None:
            self.assertEqual(huge.status_code, 413)
        self.assertFalse(self.events())

    def test_a_broken_reader_costs_no_call(self):
        def broken(*args):
            raise RuntimeError("a provider's bug")

        self.patch(self.env.registry["sms.hub.gateway"], "_read_call", broken)
        with self.assertLogs("odoo.addons.sms_gateway_hub", "ERROR"):
            answer = self.call(json.dumps(_REPORT))
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.events().state, "dead")
        self.assertIn("8a5f", self.events().raw)
