from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..gateway.messages import DeliveryReport, InboundSms
from ..gateway.vocabulary import ReportState
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestEventDismiss(HubCommon):
    """What nothing can be done about does not need attention for ever."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env["sms.hub.event"]
        cls.admin = cls._new_user("hub_admin", "sms_gateway_hub.group_administrator")

    def foreign(self):
        """Return a report on a text of another program, after days of waiting."""
        report = DeliveryReport("not-ours", ReportState.DELIVERED, "DELIVRD")
        self._receive(self.gateway, report)
        event = self.events.search([("platform_ref", "=", "not-ours")])
        event.sudo().write({"received_at": event.received_at - timedelta(days=4)})
        self.apply_again(event)
        return event

    def apply_again(self, event):
        event.with_user(self.admin).action_apply_again()
        self.events._run()
        self.assertEqual(event.state, "dead")

    def test_a_report_on_a_foreign_text_is_dismissed_and_stays_on_record(self):
        event = self.foreign()
        self.apply_again(event)
        event.with_user(self.admin).action_dismiss()
        self.assertEqual(event.state, "ignored")
        self.assertIn(self.admin.name, event.outcome)
        self.assertFalse(self.env["sms.hub.health"]._dead_counts(self.company))
        with self.assertRaisesRegex(UserError, "need attention"):
            event.with_user(self.admin).action_dismiss()

    def test_a_reply_that_nobody_read_is_not_dismissed(self):
        reply = InboundSms("", MOBILE.lstrip("+"), "HUB", "STOP")
        self.events._insert_all(self.gateway, [reply], "push")
        event = self.events.search([("number", "=", MOBILE)], limit=1)
        event.sudo().state = "dead"
        both = (event | self.foreign()).with_user(self.admin)
        with self.assertRaisesRegex(UserError, "may be a STOP"):
            both.action_dismiss()
        self.assertEqual(set(both.mapped("state")), {"dead"})

    def test_nobody_else_dismisses_and_not_in_another_company(self):
        event = self.foreign()
        for user in (self.hub_user, self.hub_manager):
            with self.subTest(user.login), self.assertRaises(AccessError):
                event.with_user(user).action_dismiss()
        other = self._new_company("Elsewhere")
        self.admin.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            event.with_user(self.admin).action_dismiss()
        self.assertEqual(event.state, "dead")
