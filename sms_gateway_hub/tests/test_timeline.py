from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.tests import tagged

from ..gateway.vocabulary import ErrorClass
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestTimeline(HubCommon):
    """The history of a message tells its steps in words, in their order."""

    def _titles(self, message):
        return [step.title for step in message._timeline_steps()]

    def _text(self, message):
        message.invalidate_recordset(["timeline"])
        return html.fromstring(message.timeline).text_content()

    def _sent(self, **asked):
        message = self.enqueue(**asked)
        self.dispatch()
        return message

    def test_a_delivered_text_shows_every_step(self):
        message = self.enqueue()
        self.assertEqual(self._titles(message), ["Written", "Waiting for its turn"])
        self.dispatch()
        sent = ["Written", "Handed to the platform", "Accepted by the platform"]
        self.assertEqual(
            self._titles(message), [*sent, "Waiting for the phone's report"]
        )
        self.report(message)
        self.assertEqual(self._titles(message), [*sent, "Delivered"])

    def test_what_the_claim_refused_does_not_look_handed_over(self):
        message = self.enqueue()
        # a refusal by the person would cancel it before any claim
        self.company.hub_country_ids = self.env.ref("base.us")
        self.dispatch()
        self.assertEqual(self._titles(message), ["Written", "Blocked"])
        self.assertEqual(message.attempts, 0)

    def test_a_late_delivery_does_not_hide_the_failure_before_it(self):
        message = self._sent()
        self.report(message, "UNDELIV", error_class=ErrorClass.NETWORK)
        self.assertEqual(self._titles(message)[-1], "Failed")
        self.assertIn(
            "The mobile network did not take the message.", self._text(message)
        )
        self.report(message)
        ends = self._titles(message)[-2:]
        self.assertEqual(ends, ["Reported as not delivered", "Delivered"])

    def test_a_report_that_changes_nothing_is_told(self):
        message = self._sent()
        self.report(message, "SOMETHING")
        self.assertIn("A report that says nothing new", self._titles(message))

    def test_a_held_text_says_why_and_until_when(self):
        self.gateway.test_mode = True
        message = self.enqueue()
        message.write({"not_before": fields.Datetime.now() + timedelta(days=2)})
        step = message._timeline_steps()[-1]
        self.assertEqual((step.at, step.title), (None, "On hold"))
        self.assertIn("The gateway is in test mode", step.detail)
        self.assertIn("Until", step.detail)

    def test_a_refused_text_ends_with_its_reason(self):
        message = self.enqueue(number="")
        self.assertEqual(self._titles(message), ["Written", "Blocked"])
        self.assertIn("There is no phone number to send to.", self._text(message))

    def test_sending_again_is_told_on_both_texts(self):
        old = self._sent()
        self.report(old, "UNDELIV", error_class=ErrorClass.HANDSET)
        new = old._send_again()
        self.assertIn("Sent again as a new text", self._titles(old))
        self.assertEqual(self._titles(new)[0], "Sent again")

    def test_a_reply_tells_where_it_was_posted(self):
        self.enqueue(res_model="crm.lead", res_id=self.lead.id)
        reply = self.reply(MOBILE, "Yes")
        titles = ["Texted by the customer", "Posted on the record"]
        self.assertEqual(self._titles(reply), titles)
        self.assertIn(self.lead.name, self._text(reply))

    def test_the_platforms_words_cannot_carry_markup(self):
        message = self._sent()
        self.report(
            message,
            "UNDELIV",
            error_class=ErrorClass.CONTENT,
            sentence="<img src=x onerror=alert(1)>",
        )
        self.assertIn("<img src=x", self._text(message))
        self.assertNotIn("<img", message.timeline)

    def test_whoever_may_read_the_text_may_read_its_history(self):
        message = self._sent(res_model="crm.lead", res_id=self.lead.id)
        self.report(message, "SOMETHING")
        text = self._text(message.with_user(self.hub_user))
        self.assertIn("A report that says nothing new", text)
        self.assertNotIn("SOMETHING", text)

    def test_a_message_is_named_by_the_person_and_the_day(self):
        named = self.enqueue(partner_id=self.partner.id)
        self.assertTrue(named.display_name.startswith("Camille Martin, "))
        self.assertTrue(self.enqueue().display_name.startswith(f"{MOBILE}, "))
        self.assertTrue(self.enqueue(number="").display_name)
