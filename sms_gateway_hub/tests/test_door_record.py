from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import LANDLINE, MOBILE, MOBILE_NATIONAL, HubCommon


@tagged("post_install", "-at_install")
class TestDoorRecord(HubCommon):
    """One text from a record, by the chatter or by the dialog."""

    def _composer(self, record, **values):
        return self.env["sms.composer"].create(
            {"res_model": record._name, "res_id": record.id, "body": "Hello", **values}
        )

    def test_text_from_a_lead_is_queued_for_its_company(self):
        self.lead._message_sms("Hello Camille")
        message = self.messages()
        self.assertRecordValues(
            message,
            [
                {
                    "state": "queued",
                    "number": MOBILE,
                    "company_id": self.company.id,
                    "res_model": "crm.lead",
                    "res_id": self.lead.id,
                    "partner_id": self.partner.id,
                    "door": "chatter",
                    "purpose": "transactional",
                    "lane": "transactional",
                }
            ],
        )

    def test_it_is_delivered_and_answered(self):
        self.lead._message_sms("Hello Camille")
        self.dispatch()
        message = self.messages()
        self.assertEqual(message.state, "accepted")
        self.report(message)
        self.assertEqual(message.state, "delivered")
        notification = self.lead.message_ids.notification_ids
        self.assertEqual(notification.notification_status, "sent")
        answer = self.reply(MOBILE, "Thank you")
        self.assertEqual(answer.res_id, self.lead.id)

    def test_the_dialog_tells_the_ledger_purpose_and_registered_template(self):
        template = self.env["sms.template"].create(
            {
                "name": "Offer",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "body": "Hello {{ object.name }}",
                "hub_template_ref": "1107160000000012345",
            }
        )
        composer = self._composer(
            self.lead,
            composition_mode="comment",
            template_id=template.id,
            hub_purpose="marketing",
        )
        composer.action_send_sms()
        message = self.messages()
        self.assertEqual(message.purpose, "marketing")
        self.assertEqual(message.template_ref, "1107160000000012345")
        self.assertEqual(message.author_id, self.env.user)

    def test_the_dialog_shows_who_sends_and_what_for(self):
        self.gateway.sender = "KITCHEN"
        form = Form(
            self.env["sms.composer"].with_context(
                active_model="crm.lead", active_id=self.lead.id
            )
        )
        self.assertEqual(form.hub_purpose, "transactional")
        form.body = "Hello"
        composer = form.save()
        self.assertEqual(composer.hub_sender, "KITCHEN")

    def test_a_number_corrected_in_the_dialog_is_the_one_texted(self):
        composer = self._composer(self.lead, composition_mode="comment")
        composer.recipient_single_number_itf = "+33612345699"
        composer.action_send_sms()
        self.assertEqual(self.messages().number, "+33612345699")

    def test_a_salesperson_texts_without_rights_on_the_ledger(self):
        self.lead.user_id = self.salesman_own
        lead = self.lead.with_user(self.salesman_own)
        composer = (
            self.env["sms.composer"]
            .with_user(self.salesman_own)
            .create({"res_model": lead._name, "res_id": lead.id, "body": "Hello"})
        )
        composer.action_send_sms()
        self.assertEqual(self.messages().author_id, self.salesman_own)

    def test_a_salesperson_sees_a_refusal_as_well(self):
        self.lead.write({"user_id": self.salesman_own.id, "phone": False})
        self.partner.phone = False
        post = self.lead.with_user(self.salesman_own)._message_sms("Hello")
        self.assertEqual(post.sudo()._hub_messages().reason, "number_missing")
        told = post.notification_ids
        self.assertEqual(told.notification_status, "exception")

    def test_a_text_that_is_too_long_or_empty_is_explained_and_not_an_error(self):
        for body, reason in (("x" * 2000, "text_too_long"), ("  ", "text_empty")):
            with self.subTest(reason=reason):
                before = self.messages()
                self._composer(
                    self.lead, composition_mode="comment", body=body
                ).action_send_sms()
                row = self.messages() - before
                self.assertEqual((row.state, row.reason), ("blocked", reason))
                told = row.mail_message_id.notification_ids
                self.assertEqual(told.failure_reason, row.explanation)

    def test_every_follower_that_is_texted_along_has_an_own_row(self):
        colleague = self.env["res.partner"].create(
            {"name": "Installer", "phone": "+33612345600"}
        )
        self.lead._message_sms(
            "Tomorrow at nine", partner_ids=(self.partner | colleague).ids
        )
        self.assertEqual(
            set(self.messages().mapped("number")), {MOBILE, "+33612345600"}
        )

    def test_a_post_is_never_texted_twice_within_a_transaction(self):
        post = self.lead._message_sms("Hello")
        self.env["sms.sms"].search([]).send()
        self._watch_core()
        self._core_queue()
        self.assertEqual(len(post._hub_messages()), 1)

    # === SHOWN AT ONCE === #

    def test_what_is_refused_is_red_in_the_chatter_at_once(self):
        cases = {
            "": ("number_missing", "sms_number_missing"),
            "12": ("number_invalid", "sms_number_format"),
            LANDLINE: ("number_landline", "hub_number_landline"),
            f"{MOBILE_NATIONAL} | 07 11 22 33 44": ("number_two", "sms_number_format"),
        }
        for phone, (reason, failure) in cases.items():
            with self.subTest(phone=phone):
                lead = self.env["crm.lead"].create({"name": "x", "phone": phone})
                post = lead._message_sms("Hello")
                self.assertEqual(post._hub_messages().reason, reason)
                notification = post.notification_ids
                self.assertEqual(notification.notification_status, "exception")
                self.assertEqual(notification.failure_type, failure)
                self.assertTrue(notification.failure_reason)

    def test_a_repaired_number_is_texted_from_the_same_post(self):
        lead = self.env["crm.lead"].create({"name": "x", "phone": False})
        post = lead._message_sms("Hello")
        lead.phone = MOBILE
        post._hub_messages().action_send_again()
        again = post._hub_messages().filtered("retry_of_id")
        self.assertEqual(again.number, MOBILE)
        self.dispatch()
        self.assertEqual(again.state, "accepted")
        self.assertEqual(post.notification_ids.notification_status, "pending")

    def test_a_person_who_clicks_is_told_what_to_do(self):
        composer = self.env["sms.composer"].create(
            {
                "res_model": "crm.lead",
                "res_ids": repr(self.env["crm.lead"].create({"name": "x"}).ids),
                "composition_mode": "comment",
                "body": "Hello",
            }
        )
        with self.assertRaisesRegex(UserError, "Correct their numbers"):
            composer.action_send_sms()
        self.assertFalse(self.messages())
