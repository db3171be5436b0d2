"""A caller from outside brings a context and arguments: they get around no rule."""

from odoo.exceptions import AccessError, ValidationError
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

    def test_no_post_names_the_company_whose_gateway_sends_it(self):
        for company in (self.company, self.company.browse()):
            self.lead.company_id = company
            with self.subTest(company=company.name):
                post = self.lead.with_user(self.hub_user).message_post(
                    body="Hello",
                    message_type="sms",
                    sms_numbers=[MOBILE],
                    record_company_id=self.other.id,
                )
                text = self.messages(("mail_message_id", "=", post.id))
                self.assertEqual(text.company_id, self.company)

    def test_a_post_that_waits_for_core_is_taken_over_for_its_own_company(self):
        self.gateway.action_deactivate()
        post = self.lead.with_user(self.hub_user).message_post(
            body="Hello",
            message_type="sms",
            sms_numbers=[MOBILE],
            put_in_queue=True,
            record_company_id=self.other.id,
        )
        self._watch_core()
        self._core_queue()
        self.assertFalse(self.messages(("mail_message_id", "=", post.id)))

    # === MAILINGS === #

    def _marketer(self):
        return self._new_user(
            "marketer",
            "mass_mailing.group_mass_mailing_user,"
            "sales_team.group_sale_salesman_all_leads",
        )

    def _mailing(self, leads, **values):
        return {
            "subject": "Spring",
            "mailing_type": "sms",
            "mailing_model_id": self.env["ir.model"]._get_id("crm.lead"),
            "mailing_domain": repr([("id", "in", leads.ids)]),
            "body_plaintext": "Spring has come",
            **values,
        }

    def test_a_composer_texts_for_no_mailing_that_is_not_ones_own(self):
        values = self._mailing(self.lead, hub_company_id=self.other.id)
        mailing = self.env["mailing.mailing"].create(values)
        for user in (self.hub_user, self._marketer()):
            for many in (
                {"composition_mode": "numbers", "numbers": MOBILE},
                {
                    "composition_mode": "mass",
                    "res_model": "res.partner",
                    "res_ids": repr(self.partner.ids),
                },
            ):
                with self.subTest(user=user.login, mode=many["composition_mode"]):
                    composer = self.env["sms.composer"].with_user(user)
                    composer = composer.create(
                        {"body": "Hi", "mailing_id": mailing.id, **many}
                    )
                    self.assertEqual(composer.hub_gateway_id, self.gateway)
                    with self.assertRaises(AccessError):
                        composer.action_send_sms()
        self.assertFalse(self.messages())

    def test_a_composer_of_ones_own_mailing_counts_for_ones_day(self):
        self.company.hub_user_daily_limit = 1
        mailing = self.env["mailing.mailing"].create(self._mailing(self.lead))
        leads = self.env["crm.lead"].create(
            [{"name": f"L{i}", "phone": f"+3361234567{i}"} for i in range(2)]
        )
        self.env["sms.composer"].with_user(self._marketer()).create(
            {
                "composition_mode": "mass",
                "res_model": "crm.lead",
                "res_ids": repr(leads.ids),
                "body": "Hi",
                "mailing_id": mailing.id,
            }
        ).action_send_sms()
        rows = self.messages()
        self.assertEqual(set(rows.mapped("door")), {"mass"})
        self.assertEqual(rows.mapped("reason"), [False, "user_limit"])

    def test_nobody_sends_a_mailing_of_a_company_they_do_not_work_for(self):
        marketer = self._marketer()
        mailings = self.env["mailing.mailing"].with_user(marketer)
        foreign = self._mailing(self.lead, hub_company_id=self.other.id)
        with self.assertRaises(ValidationError):
            mailings.create(foreign)
        with self.assertRaises(ValidationError):
            mailings.with_context(default_hub_company_id=self.other.id).create(
                self._mailing(self.lead)
            )
        own = mailings.create(self._mailing(self.lead))
        with self.assertRaises(ValidationError):
            own.hub_company_id = self.other
        theirs = self.env["mailing.mailing"].create(foreign).with_user(marketer)
        test = {"mailing_id": theirs.id, "numbers": MOBILE}
        for send in (
            theirs.action_put_in_queue,
            theirs.action_send_sms,
            self.env["mailing.sms.test"]
            .with_user(marketer)
            .create(test)
            .action_send_sms,
        ):
            with self.subTest(send=send.__name__), self.assertRaises(ValidationError):
                send()
        self.assertFalse(self.messages())

    def test_marketing_rests_on_a_topic_of_marketing(self):
        topic = self.env.ref("sms_gateway_hub.scope_transactional")
        with self.assertRaises(ValidationError):
            self.env["mailing.mailing"].create(
                self._mailing(self.lead, hub_scope_id=topic.id)
            )
        with self.assertRaises(ValidationError):
            self._compose(
                composition_mode="numbers", numbers=MOBILE, hub_scope_id=topic.id
            )

    def test_a_mailing_reaches_no_company_its_sender_does_not_work_for(self):
        theirs = self.env["crm.lead"].create(
            {"name": "Theirs", "phone": MOBILE, "company_id": self.other.id}
        )
        values = self._mailing(theirs | self.lead)
        mailing = self.env["mailing.mailing"].with_user(self._marketer()).create(values)
        mailing.action_put_in_queue()
        root = self.env.ref("base.user_root")
        self.env["mailing.mailing"].with_user(root)._process_mass_mailing_queue()
        self.assertEqual(self.messages().mapped("res_id"), self.lead.ids)
        mailing.action_send_sms(res_ids=theirs.ids)
        self.assertEqual(self.messages().mapped("res_id"), self.lead.ids)
