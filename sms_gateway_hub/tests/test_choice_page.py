import logging
import re
from datetime import datetime, timedelta, timezone

from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from ..models import sms_hub_choice_page
from ..policy.consent import Consent
from .common import MOBILE, HubCommon

NOBODY = "A" * 22


@tagged("post_install", "-at_install")
class TestChoicePage(HubCommon, HttpCase):
    """The page of choices over real HTTP, as somebody without an account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway.sender = "MYSHOP"

    def setUp(self):
        super().setUp()
        self.message = self.enqueue(purpose="marketing", body="Half price")
        self.token = self.message.body[-22:]

    def visit(self, token=None, **headers):
        return self.url_open(f"/sms/choices/{token or self.token}", headers=headers)

    def press(self, act, token=None, **fields):
        answer = self.url_open(
            f"/sms/choices/{token or self.token}", data={"act": act, **fields}
        )
        self.env.invalidate_all()
        return answer

    def values(self):
        states = self.env["sms.hub.consent"]._states(self.company, [MOBILE])
        return {scope: state.value for scope, state in states.get(MOBILE, {}).items()}

    def entries(self):
        return self.env["sms.hub.consent.event"].sudo().search([], order="id")

    # === VISITS === #

    def test_a_visit_shows_the_page_and_changes_nothing(self):
        answer = self.visit()
        self.assertEqual(answer.status_code, 200)
        self.assertIn("No more texts", answer.text)
        self.assertIn("Hub Company", answer.text)
        self.assertIn("Offers and news", answer.text)
        self.assertFalse(self.entries())

    def test_it_shows_no_number_loads_nothing_and_is_found_by_nobody(self):
        answer = self.visit()
        for secret in (MOBILE, MOBILE[1:], "612345678", self.token):
            self.assertNotIn(secret, answer.text)
        self.assertFalse(re.search(r"<script|src=|https?://", answer.text))
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", answer.headers["X-Robots-Tag"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])

    def test_no_session_is_kept(self):
        for answer in (self.visit(), self.press("stop")):
            self.assertNotIn("Set-Cookie", answer.headers)

    def test_other_methods_are_refused(self):
        for method in ("PUT", "DELETE"):
            with self.subTest(method):
                answer = self.url_open(f"/sms/choices/{self.token}", method=method)
                self.assertEqual(answer.status_code, 405)

    def test_it_speaks_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("ar_001")
        topic = self.env.ref("sms_gateway_hub.scope_marketing")
        topic.with_context(lang="ar_001").name = "عروض"
        self.partner.lang = "ar_001"
        message = self.enqueue(
            purpose="marketing", body="Other", partner_id=self.partner.id
        )
        text = self.visit(message.body[-22:]).text
        self.assertIn('lang="ar-001"', text)
        self.assertIn('dir="rtl"', text)
        self.assertIn("عروض", text)

    # === CHOICES === #

    def test_one_press_stops_everything_with_its_proof(self):
        answer = self.press("stop")
        self.assertIn("You will get no more texts", answer.text)
        entry = self.entries()
        self.assertEqual(
            (entry.action, entry.scope, entry.source, entry.number),
            ("refused", "all", "page", MOBILE),
        )
        self.assertEqual(entry.message_uuid, self.message.uuid)
        self.assertEqual(entry.wording, "No more texts from Hub Company")
        self.assertTrue(entry.ip)
        self.assertTrue(entry.proven)
        self.assertEqual(self.message.reason, "cancelled_by_stop")
        self.assertFalse(
            self.messages(("door", "=", "confirmation")), "the page said it already"
        )

    def test_pressed_again_it_is_taken_down_once(self):
        for _time in range(3):
            self.press("stop")
        self.assertEqual(len(self.entries()), 1)

    def test_ticked_topics_are_refused_and_the_others_are_not(self):
        answer = self.press("some", topic="marketing")
        self.assertIn("of the kinds that you ticked", answer.text)
        self.assertEqual(self.values(), {"marketing": Consent.REFUSED})
        self.assertEqual(self.entries().wording, "Stop only these: Offers and news")
        self.press("some", topic=["marketing", "transactional"])
        self.assertEqual(set(self.values()), {"marketing", "transactional"})
        self.assertEqual(len(self.entries()), 2)

    def test_nothing_ticked_asks_for_a_tick(self):
        for fields in ({}, {"topic": "nonsense"}, {"topic": "all"}):
            with self.subTest(fields=fields):
                answer = self.press("some", **fields)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("Tick what you do not want", answer.text)
        self.assertFalse(self.entries())

    def test_a_change_of_mind_lifts_what_was_pressed_here(self):
        self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": MOBILE,
                    "scope": "marketing",
                    "action": "granted",
                    "source": "form",
                    "wording": "Yes",
                }
            ]
        )
        for steps in ({"act": "stop"}, {"act": "some", "topic": "marketing"}):
            with self.subTest(steps=steps):
                self.press(**steps)
                self.assertNotEqual(self.values()["marketing"], Consent.GRANTED)
                answer = self.press("resume")
                self.assertIn("is lifted", answer.text)
                self.assertEqual(self.values()["marketing"], Consent.GRANTED)

    def test_who_presses_without_end_leaves_few_entries_and_a_refusal_always_counts(
        self,
    ):
        answers = set()
        for _turn in range(8):
            self.press("stop")
            answers.add(self.press("resume").text)
        self.assertEqual(len(answers), 1, "nobody learns that it was too often")
        self.assertEqual(
            self.entries().mapped("action"), ["refused", "released"] * 5 + ["refused"]
        )
        self.press("stop")
        self.assertEqual(self.values()["all"], Consent.REFUSED)

    def test_the_slow_down_ends(self):
        self.patch(sms_hub_choice_page, "_RETURNS", 1)
        for _turn in range(2):
            self.press("stop")
            self.press("resume")
        self.assertEqual(self.values()["all"], Consent.REFUSED)
        with freeze_time(datetime.now(timezone.utc) + timedelta(hours=1, minutes=1)):
            self.press("resume")
        self.assertEqual(self.values()["all"], Consent.NONE)

    def test_the_access_log_keeps_the_token_to_itself(self):
        # the server's own logger, which is silent in tests
        line = f"GET /sms/choices/{self.token} HTTP/1.1"
        record = logging.makeLogRecord({"msg": '"%s" %s', "args": (line, 200)})
        for one in logging.getLogger("werkzeug").filters:
            one.filter(record)
        self.assertEqual(record.getMessage(), '"GET /sms/choices/... HTTP/1.1" 200')

    def test_it_lifts_nothing_that_staff_entered(self):
        self.env["phone.blacklist"].add(MOBILE)
        answer = self.press("resume")
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.values()["all"], Consent.REFUSED)

    def test_a_strange_act_only_shows_the_page(self):
        for act in ("", "x", "stop'--", "granted"):
            with self.subTest(act=act):
                self.assertIn("No more texts", self.press(act).text)
        self.assertFalse(self.entries())

    def test_too_much_is_refused(self):
        answer = self.press("some", topic="x" * 20000)
        self.assertEqual(answer.status_code, 413)

    # === ON A PHONE === #

    browser_size = "375x667"
    touch_enabled = True

    def test_on_a_phone_everything_fits_and_can_be_hit_with_a_thumb(self):
        self.browser_js(
            f"/sms/choices/{self.token}",
            """
            const buttons = [...document.querySelectorAll("button")];
            const [width, shown] = [
                document.documentElement.scrollWidth, window.innerWidth
            ];
            if (buttons.length !== 2) {
                console.error(`${buttons.length} buttons`);
            } else if (width > shown) {
                console.error(`wider than the screen: ${width} of ${shown}`);
            } else if (buttons.some((one) => one.offsetHeight < 44)) {
                console.error("a button is too small for a thumb");
            } else if (buttons[0].getBoundingClientRect().bottom > window.innerHeight) {
                console.error("the main button is below the first screen");
            } else if (getComputedStyle(buttons[0]).color !== "rgb(255, 255, 255)") {
                console.error("the style was not applied");
            } else {
                console.log("test successful");
            }
            """,
            "document.readyState === 'complete'",
        )

    # === NO ORACLE === #

    def test_a_token_that_nobody_has_gets_the_same_answers(self):
        home = self.env.ref("base.user_root").company_id
        self.assertEqual(home, self.company, "strangers see the name of this one")
        pairs = [
            (self.visit(), self.visit(NOBODY)),
            *(
                (self.press(act, **fields), self.press(act, NOBODY, **fields))
                for act, fields in (
                    ("stop", {}),
                    ("some", {"topic": "marketing"}),
                    ("some", {}),
                    ("resume", {}),
                )
            ),
        ]
        for known, unknown in pairs:
            self.assertEqual(known.status_code, unknown.status_code)
            self.assertEqual(known.text, unknown.text)
            self.assertEqual(set(known.headers), set(unknown.headers))
        self.assertNotIn(NOBODY, pairs[0][1].text)

    def test_tokens_of_every_shape_get_the_page(self):
        for token in ("x", "%00", "%C3%A9", "a" * 300, "%3Cscript%3E", "_" * 22):
            with self.subTest(token=token):
                answer = self.press("stop", token)
                self.assertEqual(answer.status_code, 200)
                self.assertIn("You will get no more texts", answer.text)
        self.assertFalse(self.entries())
