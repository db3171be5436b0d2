import json
import time
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from ..models import sms_hub_webhook
from ..tools import vault
from .webhook_common import SECRET, WebhookCase

_BODY = json.dumps({"type": "dlr", "message_id": "1", "status": "DELIVRD"})
_OTHER_SECRET = "whsec_" + "C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


@tagged("post_install", "-at_install")
class TestWebhookAccess(WebhookCase):
    # === ONE ANSWER FOR EVERY REFUSAL === #

    def test_every_refusal_looks_the_same(self):
        answers = {
            "unknown token": self.call(_BODY, token="A" * 32),
            "odd token": self.call(_BODY, token="%00%ff"),
        }
        self.gateway.webhook_secret = SECRET
        answers["unsigned"] = self.call(_BODY)
        answers["badly signed"] = self.call(_BODY, secret=_OTHER_SECRET)
        answers["signed long ago"] = self.call(_BODY, secret=SECRET, signed_at=-301)
        self.gateway.webhook_addresses = "192.0.2.0/24"
        answers["from elsewhere"] = self.call(_BODY, secret=SECRET)
        self.gateway.webhook_addresses = False
        self.gateway.action_deactivate()
        answers["disabled"] = self.call(_BODY, secret=SECRET)
        self.gateway.active = False
        answers["archived"] = self.call(_BODY, secret=SECRET)
        first = answers["unknown token"]
        self.assertEqual(first.status_code, 404)
        for name, answer in answers.items():
            with self.subTest(name):
                self.assertEqual(answer.status_code, first.status_code)
                self.assertEqual(answer.content, first.content)
                self.assertEqual(_kept_headers(answer), _kept_headers(first))
        self.assertFalse(self.events())

    def test_every_refusal_does_the_same_work(self):
        webhook = self.env["sms.hub.webhook"].with_user(1)
        self.gateway.webhook_secret = SECRET
        work = {}
        cases = {
            "unknown": "A" * 32,
            "unsigned": self.token,
            "disabled": self.token,
        }
        for name, token in cases.items():
            if name == "disabled":
                self.gateway.action_deactivate()
            self.env.flush_all()
            self.env.invalidate_all()
            self.env["sms.hub.gateway"]._webhook_doors()
            with self._counted() as counts:
                queries = self.env.cr.sql_log_count
                found = webhook._authenticate(token, "127.0.0.1", {}, b"", time.time())
                counts["queries"] = self.env.cr.sql_log_count - queries
            self.assertFalse(found)
            work[name] = counts
        self.assertEqual(work["unknown"], work["unsigned"])
        self.assertEqual(work["unknown"], work["disabled"])
        self.assertEqual(work["unknown"], {"queries": 0, "verify": 1})

    @contextmanager
    def _counted(self):
        counts = {"verify": 0}

        def counted(*args):
            counts["verify"] += 1
            return verify(*args)

        verify = sms_hub_webhook.verify
        with patch.object(sms_hub_webhook, "verify", counted):
            yield counts

    def test_a_new_address_ends_the_old_one(self):
        self.assertEqual(self.call(_BODY).status_code, 200)
        self.gateway.action_renew_webhook()
        self.assertEqual(self.call(_BODY).status_code, 404)
        renewed = self.gateway.webhook_url.split("/")[-2]
        self.assertEqual(self.call(_BODY, token=renewed).status_code, 200)

    def test_a_paused_gateway_still_listens(self):
        self.gateway.action_pause()
        self.assertEqual(self.call(_BODY).status_code, 200)

    # === SIGNATURES === #

    def test_a_signature_is_needed_once_a_secret_is_set(self):
        self.gateway.webhook_secret = SECRET
        self.assertTrue(self.gateway.webhook_is_signed)
        self.assertEqual(self.call(_BODY).status_code, 404)
        self.assertEqual(self.call(_BODY, secret=SECRET).status_code, 200)
        self.gateway.action_remove_webhook_secret()
        self.assertEqual(self.call(_BODY).status_code, 200)

    def test_the_signature_of_a_form_is_over_its_bytes(self):
        self.gateway.webhook_secret = SECRET
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        # another encoder would write these bytes differently
        body = "status=DELIVRD&text=a+b%2bc&message_id=%31"
        answer = self.call(body, secret=SECRET, headers=form)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.events().platform_ref, "1")

    def test_the_old_secret_holds_for_three_days(self):
        self.gateway.webhook_secret = _OTHER_SECRET
        self.gateway.webhook_secret = SECRET
        now = fields.Datetime.now()
        for hours, status in ((71, 200), (73, 404)):
            with self.subTest(hours=hours):
                self.gateway.webhook_secret_set_at = now - timedelta(hours=hours)
                self.env.flush_all()
                answer = self.call(_BODY, secret=_OTHER_SECRET)
                self.assertEqual(answer.status_code, status)
                answer = self.call(_BODY, secret=SECRET)
                self.assertEqual(answer.status_code, 200)

    def test_a_secret_that_could_never_match_is_refused_at_once(self):
        with self.assertRaisesRegex(ValidationError, "base64"):
            self.gateway.webhook_secret = "whsec_not*base64"

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_webhook")
    def test_a_secret_that_cannot_be_opened_keeps_the_door_closed(self):
        self.gateway.webhook_secret = SECRET
        key = vault.Fernet.generate_key().decode()
        with patch.dict("os.environ", {vault.ENVIRONMENT: key}):
            self.assertEqual(self.call(_BODY, secret=SECRET).status_code, 404)
        self.assertEqual(self.call(_BODY, secret=SECRET).status_code, 200)

    def test_a_key_that_cannot_be_opened_costs_no_event(self):
        key = vault.Fernet.generate_key().decode()
        with patch.dict("os.environ", {vault.ENVIRONMENT: key}):
            self.assertEqual(self.call(_BODY).status_code, 200)
        self.assertEqual(len(self.events()), 1)

    # === ADDRESSES === #

    def test_only_listed_addresses_may_call(self):
        cases = {
            "127.0.0.1": 200,
            "127.0.0.0/8\n\n2001:db8::/32": 200,
            "192.0.2.7": 404,
            "::1": 404,
        }
        for addresses, status in cases.items():
            with self.subTest(addresses=addresses):
                self.gateway.webhook_addresses = addresses
                self.env.flush_all()
                self.assertEqual(self.call(_BODY).status_code, status)

    def test_behind_a_proxy_the_callers_address_counts(self):
        self.gateway.webhook_addresses = "203.0.113.0/24"
        self.env.flush_all()
        told = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "odoo.example"}
        with patch.dict(config.options, {"proxy_mode": False}):
            self.assertEqual(self.call(_BODY, headers=told).status_code, 404)
        with patch.dict(config.options, {"proxy_mode": True}):
            self.assertEqual(self.call(_BODY, headers=told).status_code, 200)

    def test_an_address_is_known_in_both_its_spellings(self):
        self.gateway.webhook_addresses = "203.0.113.0/24"
        for address, allowed in (
            ("203.0.113.9", True),
            ("::ffff:203.0.113.9", True),
            ("::ffff:198.51.100.1", False),
            ("", False),
            (None, False),
            ("unknown", False),
        ):
            with self.subTest(address=address):
                door = self.gateway.sudo()._webhook_door()
                self.assertIs(door.admits(address), allowed)

    def test_wrong_settings_are_refused_in_words(self):
        cases = (
            ("webhook_addresses", "203.0.113.300", "address or network"),
            ("webhook_addresses", "example.com", "address or network"),
            ("webhook_field_map", "message_id", "our name = their name"),
            ("webhook_field_map", "= msgid", "our name = their name"),
        )
        for field, value, words in cases:
            with (
                self.subTest(value=value),
                self.assertRaisesRegex(ValidationError, words),
            ):
                self.gateway[field] = value


def _kept_headers(answer):
    return {name: value for name, value in answer.headers.items() if name != "Date"}
