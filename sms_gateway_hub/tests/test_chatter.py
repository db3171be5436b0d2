from odoo.tests import tagged

from odoo.addons.mail.tools.discuss import Store

from ..gateway.vocabulary import ErrorClass
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestChatter(HubCommon):
    """What the chatter is told about texts, beyond what core tells it."""

    def _stored(self, records):
        """Return what the web client of an internal user is told, by record."""
        data = Store().add(records).get_result()
        return data.get(records._name, [])

    def _failed_notification(self, **report):
        self.lead.with_user(self.hub_user)._message_sms("Hello")
        message = self.messages()
        self.dispatch()
        self.report(message, "UNDELIV", **report)
        self.mirror()
        return message.mail_message_id.notification_ids

    def test_a_failure_brings_its_sentence_along(self):
        notification = self._failed_notification(error_class=ErrorClass.HANDSET)
        [stored] = self._stored(notification)
        self.assertEqual(stored["failure_type"], "hub_error_handset")
        self.assertIn("The phone was off", stored["failure_reason"])

    def test_other_notifications_are_told_as_before(self):
        notification = self._failed_notification(error_class=ErrorClass.HANDSET)
        for failure_type in ("sms_server", False):
            with self.subTest(failure_type=failure_type):
                notification.failure_type = failure_type
                [stored] = self._stored(notification)
                self.assertNotIn("failure_reason", stored)

    def test_a_comment_that_came_by_sms_is_marked_for_colleagues(self):
        self.enqueue(res_model="crm.lead", res_id=self.lead.id)
        comment = self.reply(MOBILE, "Yes").mail_message_id
        [stored] = self._stored(comment.with_user(self.hub_user))
        self.assertEqual(stored["hub_inbound_number"], MOBILE)

    def test_other_comments_are_told_as_before(self):
        comment = self.lead.message_post(body="Hello", message_type="comment")
        [stored] = self._stored(comment)
        self.assertNotIn("hub_inbound_number", stored)

    def test_customers_in_the_portal_are_not_told_numbers(self):
        self.enqueue(res_model="crm.lead", res_id=self.lead.id)
        comment = self.reply(MOBILE, "Yes").mail_message_id
        portal = self._new_user("hub_portal", "base.group_portal")
        [stored] = self._stored(comment.with_user(portal).sudo())
        self.assertNotIn("hub_inbound_number", stored)
