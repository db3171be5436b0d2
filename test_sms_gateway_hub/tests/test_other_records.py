from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.sms_gateway_hub.tests.common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestOtherRecords(HubCommon):
    """Records of apps that the hub has never heard of."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket = cls.env["test.sms.hub.ticket"].create(
            {
                "name": "It drips",
                "phone": MOBILE,
                "user_id": cls.hub_user.id,
                "partner_id": cls.partner.id,
            }
        )

    def text(self, record):
        return self.enqueue(res_model=record._name, res_id=record.id)

    def test_its_rules_decide_who_reads_the_texts(self):
        text = self.text(self.ticket)
        ledger = self.env["sms.hub.message"]
        self.assertIn(text, ledger.with_user(self.hub_user).search([]))
        self.assertNotIn(text, ledger.with_user(self.salesman_own).search([]))
        with self.assertRaises(AccessError):
            text.with_user(self.salesman_own).check_access("read")

    def test_who_may_read_no_such_record_reads_none_of_its_texts(self):
        box = self.env["test.sms.hub.box"].create({"name": "Box"})
        text = self.text(box)
        ledger = self.env["sms.hub.message"]
        self.assertNotIn(text, ledger.with_user(self.hub_user).search([]))
        self.assertIn(text, ledger.with_user(self.hub_manager).search([]))

    def test_a_reply_is_posted_where_the_conversation_is(self):
        self.ticket._message_sms("We come tomorrow")
        answer = self.reply(MOBILE, "Fine")
        self.assertEqual(answer._get_record(), self.ticket)
        told = answer.mail_message_id.notification_ids.res_partner_id
        self.assertEqual(told, self.hub_user.partner_id)

    def test_a_record_without_a_chatter_passes_the_reply_on(self):
        self.text(self.env["test.sms.hub.box"].create({"name": "Box"}))
        self.assertEqual(self.reply(MOBILE, "Which box?")._get_record(), self.lead)

    def test_an_archived_record_passes_the_reply_on(self):
        self.ticket._message_sms("We come tomorrow")
        self.ticket.active = False
        self.assertEqual(self.reply(MOBILE, "Fine")._get_record(), self.lead)

    def test_deleting_it_cancels_what_waits(self):
        text = self.text(self.ticket)
        self.ticket.unlink()
        self.assertEqual((text.state, text.reason), ("cancelled", "record_deleted"))
