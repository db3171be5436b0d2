"""A caller from outside brings a context and arguments: they get around no rule."""

from odoo.tests import tagged

from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestAccessTerms(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._new_company("Other Company")
        cls._new_gateway(cls.other)

    def _suppress(self):
        self.env["phone.blacklist"].sudo()._add([MOBILE])

    def _compose(self, terms=None, **values):
        composer = (
            self.env["sms.composer"]
            .with_user(self.hub_user)
            .with_context(hub_terms=terms)
            .create({"body": "Hello", **values})
        )
        composer.action_send_sms()
        return self.messages()

    def test_no_context_makes_a_text_one_that_is_free_of_rules(self):
        self._suppress()
        for values in (
            {"composition_mode": "comment", "res_id": self.lead.id},
            {
                "composition_mode": "mass",
                "res_ids": str(self.lead.ids),
                "use_exclusion_list": False,
            },
            {"composition_mode": "numbers", "numbers": MOBILE},
        ):
            with self.subTest(mode=values["composition_mode"]):
                text = self._compose(
                    {"hub_purpose": "notice"}, res_model="crm.lead", **values
                )[-1:]
                self.assertNotEqual(text.purpose, "notice")
                self.assertEqual((text.state, text.reason), ("blocked", "suppressed"))

    def test_no_argument_of_a_post_does_so_either(self):
        self._suppress()
        for purpose, terms in (
            ("notice", {"hub_door": "automation", "hub_purpose": "notice"}),
            ("otp", [["hub_purpose", "otp"]]),
            ([], None),
        ):
            with self.subTest(purpose=purpose):
                self.lead.with_user(self.hub_user).message_post(
                    body="Hello",
                    message_type="sms",
                    sms_numbers=[MOBILE],
                    hub_purpose=purpose,
                    hub_terms=terms,
                )
                text = self.messages()[-1:]
                self.assertEqual(
                    (text.door, text.purpose, text.reason),
                    ("chatter", "transactional", "suppressed"),
                )

    def test_a_post_may_be_marketing(self):
        self.lead.with_user(self.hub_user).message_post(
            body="Hello",
            message_type="sms",
            sms_numbers=[MOBILE],
            hub_purpose="marketing",
        )
        self.assertEqual(self.messages().purpose, "marketing")

    def test_no_context_leads_through_the_gateway_of_another_company(self):
        text = self._compose(
            {"hub_company_id": self.other.id},
            composition_mode="comment",
            res_model="crm.lead",
            res_id=self.lead.id,
        )
        self.assertEqual(text.company_id, self.company)

    def test_free_numbers_are_not_texted_for_a_record_one_may_not_read(self):
        theirs = self.env["crm.lead"].create(
            {"name": "Theirs", "company_id": self.other.id}
        )
        text = self._compose(
            composition_mode="numbers",
            numbers=MOBILE,
            res_model="crm.lead",
            res_id=theirs.id,
        )
        self.assertEqual((text.company_id, text.res_id), (self.company, 0))
