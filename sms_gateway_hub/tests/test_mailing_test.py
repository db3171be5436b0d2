"""The test of a mailing shows a draft to colleagues, and is no way around the rules."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..wizards.mailing_sms_test import MOST_NUMBERS
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestMailingTest(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketer = cls._new_user(
            "marketer",
            "mass_mailing.group_mass_mailing_user,"
            "sales_team.group_sale_salesman_all_leads",
        )
        cls.topic = cls.env["sms.hub.scope"].create({"name": "News", "code": "news"})
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": cls.env["ir.model"]._get_id("crm.lead"),
                "body_plaintext": "Spring has come",
                "hub_scope_id": cls.topic.id,
            }
        )

    def _test(self, count=1):
        numbers = [MOBILE, *(f"+3361235{turn:04}" for turn in range(count - 1))]
        self.env["mailing.sms.test"].with_user(self.marketer).create(
            {"mailing_id": self.mailing.id, "numbers": "\n".join(numbers)}
        ).action_send_sms()
        return self.messages()

    def test_who_refused_marketing_or_its_topic_gets_no_test_either(self):
        self.company.hub_marketing_consent = "required"
        self.assertEqual(self._test().state, "queued")
        for scope in ("news", "marketing"):
            entry = {
                "company": self.company,
                "number": MOBILE,
                "scope": scope,
                "source": "form",
                "evidence_url": "https://example.com/form",
            }
            before = fields.Datetime.now() - timedelta(hours=1)
            consent = self.env["sms.hub.consent"]
            with self.subTest(scope=scope):
                consent._record([{**entry, "action": "refused", "happened_at": before}])
                row = self._test()[-1]
                self.assertEqual((row.state, row.reason), ("blocked", "scope_refused"))
                consent._record([{**entry, "action": "granted"}])
                self.assertEqual(self._test()[-1].state, "queued")

    def test_an_audience_is_not_texted_as_a_test(self):
        with self.assertRaisesRegex(UserError, "at most"):
            self._test(MOST_NUMBERS + 1)
        self.assertFalse(self.messages())
        self.assertEqual(len(self._test(MOST_NUMBERS)), MOST_NUMBERS)

    def test_a_test_is_a_sending_like_others_to_approval_and_daily_limit(self):
        self.company.hub_approval_above = 3
        self.assertEqual(set(self._test(4).mapped("reason")), {"approval"})
        self.company.write({"hub_approval_above": 0, "hub_user_daily_limit": 4})
        self.assertEqual(self._test()[-1].reason, "user_limit")
