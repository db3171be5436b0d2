from odoo.tests import Form, tagged

from .common import MOBILE
from .test_router import GERMAN, SendersCommon

_STOP = "STOP au 36180"


@tagged("post_install", "-at_install")
class TestSenderChoice(SendersCommon):
    """Who may choose a sender, where, and what the choice does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.number = cls._new_sender("+33639980010", for_marketing=False, sequence=20)

    def _composer(self, **values):
        return (
            self.env["sms.composer"]
            .with_user(self.hub_user)
            .create(
                {
                    "res_model": self.lead._name,
                    "res_id": self.lead.id,
                    "body": "Hello",
                    **values,
                }
            )
        )

    # === COMPOSER === #

    def test_a_person_chooses_among_the_senders_for_the_purpose(self):
        composer = self._composer()
        self.assertEqual(composer.hub_sender_ids, self.header | self.number)
        self.assertFalse(composer.hub_sender, "there is more than one")
        composer.hub_sender_id = self.number
        composer.action_send_sms()
        message = self.messages()
        self.assertEqual(message.sender_id, self.number)
        self.assertEqual(message.sender_reason, "explicit")

    def test_without_a_choice_the_routing_decides(self):
        self._composer().action_send_sms()
        self.assertEqual(self.messages().sender_id, self.header)
        self.assertEqual(self.messages().sender_reason, "default")

    def test_a_choice_ends_with_the_purpose_that_it_was_for(self):
        with Form(
            self.env["sms.composer"].with_context(
                active_model="crm.lead", active_id=self.lead.id
            )
        ) as form:
            form.body = "Hello"
            form.hub_sender_id = self.number
            form.hub_purpose = "marketing"
            self.assertFalse(form.hub_sender_id)
            self.assertEqual(form.hub_sender, "MYSHOP")

    def test_the_choice_reaches_every_record_of_a_selection_and_free_numbers(self):
        for values in (
            {"composition_mode": "mass", "res_ids": str(self.lead.ids)},
            {"composition_mode": "numbers", "numbers": GERMAN},
        ):
            with self.subTest(values["composition_mode"]):
                known = self.messages()
                composer = self._composer(
                    **values, hub_purpose="transactional", hub_sender_id=self.number.id
                )
                composer.action_send_sms()
                message = self.messages() - known
                self.assertEqual(message.sender_id, self.number)

    # === FORECAST === #

    def test_the_forecast_names_the_sender_and_what_it_adds(self):
        forecast = self._composer().hub_forecast
        self.assertEqual(forecast["groups"][0]["details"], "From MYSHOP.")
        chosen = self._composer(hub_sender_id=self.number.id).hub_forecast
        self.assertEqual(chosen["groups"][0]["details"], "From +33639980010.")
        marketing = self._composer(hub_purpose="marketing").hub_forecast
        self.assertIn("a link to refuse", marketing["groups"][0]["details"])
        self.header.stop_text = _STOP
        marketing = self._composer(hub_purpose="marketing").hub_forecast
        self.assertIn(f"ends with “{_STOP}”", marketing["groups"][0]["details"])

    def test_the_forecast_counts_the_senders_of_a_selection(self):
        self.header.country_ids = self.france
        self.number.country_ids = self.germany
        other = self.lead.copy({"phone": GERMAN, "partner_id": False})
        leads = self.lead | other
        forecast = self._composer(
            res_id=False,
            composition_mode="mass",
            res_ids=str(leads.ids),
            hub_purpose="transactional",
        ).hub_forecast
        [group] = forecast["groups"]
        self.assertEqual(group["details"], "From MYSHOP (1), +33639980010 (1).")

    def test_where_nobody_may_send_the_forecast_says_so(self):
        self.header.country_ids = self.germany
        self.number.active = False
        forecast = self._composer().hub_forecast
        self.assertEqual(forecast["groups"][0]["reason"], "no_sender")
        self.assertIn("may be used in this country", forecast["sentence"])
        self.assertFalse(forecast["groups"][0]["details"])

    def test_a_company_with_one_sender_is_not_told_what_it_knows(self):
        self.number.active = False
        composer = self._composer()
        self.assertEqual(composer.hub_sender, "MYSHOP")
        self.assertFalse(composer.hub_forecast["groups"][0]["details"])

    # === OTHER DOORS === #

    def _mailing(self, **values):
        return self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "mailing_domain": repr([("id", "in", self.lead.ids)]),
                "body_plaintext": "Spring is here",
                "hub_company_id": self.company.id,
                **values,
            }
        )

    def test_a_mailing_leaves_from_the_sender_of_its_author(self):
        second = self._new_sender("SPRING", sequence=30)
        mailing = self._mailing(hub_sender_id=second.id)
        mailing.action_put_in_queue()
        mailing._process_mass_mailing_queue()
        message = self.messages()
        self.assertEqual(message.sender_id, second)
        self.env["mailing.sms.test"].create(
            {"mailing_id": mailing.id, "numbers": GERMAN}
        ).action_send_sms()
        self.assertEqual(self.messages(("number", "=", GERMAN)).sender_id, second)

    def test_a_mailing_of_another_company_does_not_keep_the_sender(self):
        other = self._new_company("Other Company")
        self.env.user.company_ids |= other
        mailing = self._mailing(hub_sender_id=self.header.id)
        mailing.hub_company_id = other
        self.assertFalse(mailing.hub_sender_id)

    def test_an_automation_has_its_sender(self):
        model = self.env["ir.model"]._get_id("crm.lead")
        template = self.env["sms.template"].create(
            {"name": "Rule", "model_id": model, "body": "Hello"}
        )
        action = self.env["ir.actions.server"].create(
            {
                "name": "Text",
                "model_id": model,
                "state": "sms",
                "sms_method": "sms",
                "sms_template_id": template.id,
                "hub_purpose": "transactional",
                "hub_sender_id": self.number.id,
            }
        )
        action.with_context(active_model="crm.lead", active_ids=self.lead.ids).run()
        self.assertEqual(self.messages().sender_id, self.number)

    def test_code_names_a_sender_with_a_post(self):
        self.lead._message_sms("Hello", hub_sender_id=self.number.id)
        self.assertEqual(self.messages().sender_id, self.number)
        for forged in ([self.number.id], "1", True, {"id": 1}):
            with self.subTest(forged=forged):
                known = self.messages()
                self.lead.message_post(
                    body=f"Hello {forged}",
                    message_type="sms",
                    partner_ids=self.partner.ids,
                    hub_sender_id=forged,
                )
                message = self.messages() - known
                self.assertEqual(message.sender_reason, "default")


@tagged("post_install", "-at_install")
class TestMarks(SendersCommon):
    """What countries and senders want written in marketing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.hub_country_ids |= cls.env.ref("base.vn")

    def test_the_words_of_a_sender_replace_the_link(self):
        self.header.stop_text = _STOP
        message = self.enqueue(purpose="marketing", body="Sale today")
        self.assertEqual(message.body, f"Sale today\n{_STOP}")
        self.assertEqual(self.enqueue(body="Your order").body, "Your order")

    def test_a_sender_with_replies_ends_with_its_words_too(self):
        self.header.active = False
        self._new_sender("+33639980010", stop_text=_STOP)
        message = self.enqueue(purpose="marketing", body="Sale today")
        self.assertEqual(message.body, f"Sale today\n{_STOP}")

    def test_a_country_without_replies_gets_the_link_whatever_the_sender(self):
        self.company.hub_country_ids |= self.env.ref("base.tr")
        self.header.active = False
        self._new_sender("+905321234567")
        message = self.enqueue("+905329876543", purpose="marketing")
        self.assertIn("/sms/choices/", message.body)

    def test_labels_count_in_the_parts_and_are_not_repeated(self):
        number = "+84912345678"
        message = self.enqueue(number, purpose="marketing", body="x" * 160)
        self.assertTrue(message.body.startswith("[QC] xxx"))
        self.assertEqual(message.segments, 2)
        message = self.enqueue(number, purpose="marketing", body="[QC] Sale")
        self.assertTrue(message.body.startswith("[QC] Sale"))
        self.assertEqual(self.enqueue(number, body="Your order").body, "Your order")

    def test_a_text_that_is_rewritten_keeps_what_was_added(self):
        self.header.stop_text = _STOP
        message = self.enqueue("+84912345678", purpose="marketing", body="Sale")
        first_hash = message.text_hash
        message._rewrite(body="Sale")
        self.assertEqual(message.body, f"[QC] Sale\n{_STOP}")
        self.assertEqual(message.text_hash, first_hash)
        message._rewrite(body="Big sale")
        self.assertEqual(message.body, f"[QC] Big sale\n{_STOP}")
        self.assertEqual(message.segments, 1)

    def test_the_same_text_is_a_repetition_whoever_sends_it(self):
        self.company.hub_repeat_hours = 24
        first = self.enqueue(purpose="marketing", body="Sale")
        self._use_script()
        self.dispatch()
        self.assertEqual(first.state, "accepted")
        self.header.active = False
        self._new_sender("+33639980010", stop_text=_STOP)
        again = self.enqueue(MOBILE, purpose="marketing", body="Sale")
        self.assertEqual((again.state, again.reason), ("blocked", "repeated"))

    def test_sending_again_leaves_the_words_of_the_old_sender_behind(self):
        self.header.stop_text = _STOP
        message = self.enqueue(purpose="marketing", body="Sale")
        message.action_cancel()
        self.header.active = False
        self._new_sender("+33639980010")
        message.action_send_again()
        self.assertEqual(message.retry_ids.body, "Sale")
