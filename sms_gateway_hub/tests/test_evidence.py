from lxml import etree, html

from odoo.tests import tagged

from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestEvidence(HubCommon):
    """What a decision rests on, in words."""

    def _told(self, message, user=None):
        words = message.with_user(user or self.hub_manager).evidence_words
        tree = html.fromstring(words)
        texts = [node.text_content().strip() for node in tree.iter("dt", "dd")]
        return dict(zip(texts[::2], texts[1::2], strict=True))

    def setUp(self):
        super().setUp()
        self._use_script()

    def _text(self):
        """Return a text whose claim stored what it was decided by."""
        message = self.enqueue(
            purpose="marketing",
            partner_id=self.partner.id,
            res_model="res.partner",
            res_id=self.partner.id,
        )
        self.dispatch()
        return message

    def test_consent_is_told_with_its_topic_day_and_source(self):
        self.company.hub_marketing_consent = "required"
        self.assertEqual(self._told(self._text())["Consent"], "Not Asked")
        self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": MOBILE,
                    "scope": "marketing",
                    "action": "granted",
                    "source": "form",
                    "evidence_url": "https://example.com/form",
                    "happened_at": "2026-03-01 12:00:00",
                }
            ]
        )
        told = self._told(self._text())["Consent"]
        topic = self.env["sms.hub.scope"].search([("code", "=", "marketing")])
        self.assertRegex(told, rf"^Agreed for {topic.name}, on .* \(Form\)$")
        self.env["sms.hub.consent"]._record(
            [
                {
                    "company": self.company,
                    "number": MOBILE,
                    "scope": "all",
                    "action": "refused",
                    "source": "verbal",
                }
            ]
        )
        self.assertIn("all texts", self._told(self._text())["Consent"])

    def test_hours_are_told_with_place_time_window_and_rule(self):
        self.company.hub_quiet_hours = True
        told = self._told(self._text())
        self.assertIn("Europe/Paris", told["Time zones"])
        self.assertRegex(told["Allowed"], r"\d\d:\d\d.* to \d\d:\d\d|none")
        self.assertIn("France", told["Rules"])
        for label in ("Time there", "Known from", "Decided on"):
            self.assertTrue(told[label], label)

    def test_every_time_is_written_as_the_reader_writes_it(self):
        english = self.env["res.lang"].search([("code", "=", "en_US")])
        english.write({"date_format": "%d/%m/%Y", "time_format": "%I:%M:%S %p"})
        self.hub_manager.write({"lang": "en_US", "tz": "Asia/Tokyo"})
        message = self.enqueue()
        message.sudo().evidence = {
            "decided_at": "2026-03-01 23:30:00+00:00",
            "consent": {
                "state": "granted",
                "scope": "all",
                "since": "2026-01-31 12:00:00",
                "source": "form",
            },
            "hours": {
                "zones": ["America/New_York", "Europe/Paris"],
                "earliest": "2026-03-01 18:30",
                "latest": "2026-03-02 00:30",
                "rules": [],
                "windows": {"2026-03-01": "08:00-24:00", "2026-03-02": None},
                "step": "both",
            },
        }
        told = self._told(message.with_context(lang="en_US"))
        self.assertEqual(told["Decided on"], "02/03/2026 08:30:00 AM", "in Tokyo")
        self.assertIn("on 31/01/2026 09:00:00 PM", told["Consent"])
        self.assertEqual(
            told["Time there"], "01/03/2026 06:30:00 PM / 02/03/2026 12:30:00 AM"
        )
        self.assertEqual(
            told["Allowed"], "01/03/2026: 08:00 AM to 12:00 AM; 02/03/2026: none"
        )

    def test_a_state_that_nobody_can_place_is_told_to_be_unknown(self):
        self.company.hub_quiet_hours = True
        self.company.hub_country_ids = False
        usa, forces = self.env.ref("base.us"), self.env.ref("base.state_us_aa")
        abroad = self.env["res.partner"].create(
            {"name": "x", "phone": "+12125550123", "country_id": usa.id}
        )
        abroad.state_id = forces
        [judgement] = self.env["sms.hub.gate"]._judge(
            self.gateway,
            [
                {
                    "number": "+12125550123",
                    "purpose": "marketing",
                    "body": "Hello",
                    "segments": 1,
                    "partner_id": abroad.id,
                }
            ],
        )
        message = self.enqueue(number="+12125550123", partner_id=abroad.id)
        message.sudo().evidence = judgement.evidence
        told = self._told(message)
        self.assertIn("United States: state not known", told["Rules"])
        self.assertEqual(told["Known from"], "the contact's address")
        self.assertIn("Pacific/Honolulu", told["Time zones"])

    def test_limits_are_told_with_what_was_sent_before(self):
        self.env["sms.hub.cap"].search([]).unlink()
        self.env["sms.hub.cap"].create(
            {"name": "Any", "purpose": "marketing", "limit": 2, "period": "day"}
        )
        told = self._told(self._text())
        self.assertEqual(told["Texts before it"], "0 of 2 in 24 hours")

    def test_where_nothing_was_looked_up_nothing_is_told(self):
        self.env["sms.hub.cap"].search([]).unlink()
        message = self.enqueue()
        self.assertFalse(message.with_user(self.hub_manager).evidence_words)

    def test_names_in_the_evidence_are_no_markup(self):
        message = self._text()
        consent = {"state": "<b>", "scope": "<i>", "since": None, "source": None}
        evidence = {"decided_at": "2026-03-01 12:00:00+00:00", "consent": consent}
        message.sudo().evidence = evidence
        self.assertEqual(self._told(message)["Consent"], "<b>")

    def test_evidence_is_for_managers(self):
        for user, shown in ((self.hub_manager, True), (self.hub_user, False)):
            messages = self.env["sms.hub.message"].with_user(user)
            arch = etree.fromstring(messages.get_view(view_type="form")["arch"])
            fields = arch.xpath("//field[@name='evidence_words']")
            self.assertEqual(bool(fields), shown)
