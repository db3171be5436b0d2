from odoo.tests import tagged

from ..gateway.messages import SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestOperatorRefusals(HubCommon):
    """Operators know preferences that nobody told us."""

    def entries(self):
        return self.env["sms.hub.consent.event"].sudo().search([], order="id")

    def accepted(self, **asked):
        message = self.enqueue(**asked)
        self.dispatch()
        self.assertEqual(message.state, "accepted")
        return message

    def test_a_report_of_no_consent_is_a_refusal_of_that_kind_of_text(self):
        message = self.accepted(purpose="marketing")
        waiting = self.enqueue(purpose="marketing", body="More")
        personal = self.enqueue()
        self.report(
            message, "UNDELIV", error_class=ErrorClass.CONSENT, error_code="650"
        )
        entry = self.entries()
        self.assertEqual(
            (entry.action, entry.source, entry.scope, entry.message_uuid),
            ("refused", "provider", "marketing", message.uuid),
        )
        self.assertIn("650", entry.note)
        self.assertEqual((waiting.state, personal.state), ("cancelled", "queued"))
        again = self.enqueue(purpose="marketing", body="Again")
        self.assertEqual((again.state, again.reason), ("blocked", "scope_refused"))

    def test_said_again_it_is_taken_down_once(self):
        messages = [
            self.accepted(purpose="marketing", body=text) for text in ("a", "b")
        ]
        for message in messages:
            self.report(message, "UNDELIV", error_class=ErrorClass.CONSENT)
        self.assertEqual(len(self.entries()), 1)

    def test_it_is_about_the_topic_where_there_is_one(self):
        topic = self.env["sms.hub.scope"].create({"name": "News", "code": "news"})
        message = self.accepted(purpose="marketing")
        message.scope_id = topic
        self.report(message, "UNDELIV", error_class=ErrorClass.CONSENT)
        self.assertEqual(self.entries().scope, "news")

    def test_an_answer_of_no_consent_counts_at_once(self):
        provider = self._use_script()
        message = self.enqueue()
        provider.answers = [
            [
                SendResult(
                    message.uuid,
                    Outcome.REJECTED,
                    code="027",
                    error_class=ErrorClass.CONSENT,
                )
            ]
        ]
        self.dispatch()
        self.assertEqual(message.state, "failed")
        self.assertEqual(
            self.entries().mapped(lambda one: (one.scope, one.source)),
            [("transactional", "provider")],
        )

    def test_other_failures_refuse_nothing(self):
        for error_class in (ErrorClass.HANDSET, ErrorClass.NUMBER, ErrorClass.POLICY):
            message = self.accepted(body=error_class.value)
            self.report(message, "UNDELIV", error_class=error_class)
            self.assertEqual(message.state, "failed")
        self.assertFalse(self.entries())

    def test_a_code_that_was_blocked_refuses_no_topic(self):
        message = self.accepted(purpose="otp")
        self.report(message, "UNDELIV", error_class=ErrorClass.CONSENT)
        self.assertFalse(self.entries())

    def test_a_start_does_not_undo_what_the_operator_said(self):
        message = self.accepted(purpose="marketing")
        self.report(message, "UNDELIV", error_class=ErrorClass.CONSENT)
        self.reply(MOBILE, "START")
        self.assertEqual(self.entries().mapped("action"), ["refused"])
