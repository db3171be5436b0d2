from odoo.tests import tagged

from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestDoorRecord(HubCommon):
    def test_text_from_a_lead_is_queued_for_its_company(self):
        self.lead._message_sms("Hello Camille")
        message = self.messages()
        self.assertEqual(message.state, "queued")
        self.assertEqual(message.number, MOBILE)
        self.assertEqual(message.company_id, self.company)
        self.assertEqual(message.res_id, self.lead.id)

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
