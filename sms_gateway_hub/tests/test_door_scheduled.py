from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestDoorScheduled(HubCommon):
    """Posts for later, and the reminders of other apps."""

    def setUp(self):
        super().setUp()
        self.hour = fields.Datetime.now().replace(microsecond=0) + timedelta(days=1)
        self.platform = self._use_script()
        self.core_sent = self._watch_core()

    def _bare_lead(self):
        return self.env["crm.lead"].create({"name": "No contact", "phone": MOBILE})

    def _let_the_hour_come(self):
        """Move the clock of everything that waits for the hour."""
        past = fields.Datetime.now() - timedelta(minutes=1)
        self.env["mail.message.schedule"].search([]).scheduled_datetime = past
        self.messages(("state", "=", "queued")).not_before = past
        self.env["mail.message.schedule"]._send_notifications_cron()
        self._core_queue()
        self.dispatch()

    # === SCHEDULED POSTS === #

    def test_a_scheduled_text_waits_where_it_is_seen_and_goes_out_once(self):
        for lead in (self.lead, self._bare_lead()):
            with self.subTest(lead=lead.name):
                self.platform.requests.clear()
                post = lead._message_sms("Later", scheduled_date=self.hour)
                row = post._hub_messages()
                self.assertRecordValues(
                    row,
                    [
                        {
                            "state": "queued",
                            "door": "scheduled",
                            "purpose": "transactional",
                            "not_before": self.hour,
                            "expires_at": self.hour + timedelta(days=1),
                        }
                    ],
                )
                self.dispatch()
                self.assertFalse(self.platform.sent, "its hour has not come")
                self._let_the_hour_come()
                self._let_the_hour_come()
                self.assertEqual(len(self.platform.sent), 1)
                self.assertFalse(self.core_sent)
                self.assertEqual(post._hub_messages(), row)

    def test_purpose_and_template_of_a_post_wait_with_it(self):
        post = self.lead._message_sms(
            "Later",
            scheduled_date=self.hour,
            hub_purpose="marketing",
            hub_template_ref="1107160000000012345",
        )
        row = post._hub_messages()
        self.assertEqual(row.purpose, "marketing")
        self.assertEqual(row.template_ref, "1107160000000012345")
        stored = self.env["mail.message.schedule"].search([]).notification_parameters
        self.assertNotIn("hub_", stored, "core could not read it without this addon")

    def test_a_gateway_deactivated_meanwhile_does_not_make_core_send_it_as_well(self):
        post = self.lead._message_sms("Later", scheduled_date=self.hour)
        self.gateway.action_deactivate()
        self._let_the_hour_come()
        self.assertFalse(self.core_sent)
        self.gateway.action_activate()
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 1)
        self.assertEqual(post._hub_messages().state, "accepted")

    def test_a_post_moved_to_another_hour_takes_its_text_along(self):
        post = self.lead._message_sms("Later", scheduled_date=self.hour)
        other = self.hour + timedelta(days=2)
        schedules = self.env["mail.message.schedule"]
        schedules._update_message_scheduled_datetime(post, other)
        row = post._hub_messages()
        self.assertEqual(row.not_before, other)
        self.assertEqual(row.expires_at, other + timedelta(days=1))
        schedules._send_message_notifications(post)
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 1)

    def test_a_deleted_post_takes_its_text_along(self):
        post = self.lead._message_sms("Later", scheduled_date=self.hour)
        row = post._hub_messages()
        post.unlink()
        self.assertEqual((row.state, row.reason), ("cancelled", "record_deleted"))

    def test_a_company_without_a_gateway_schedules_as_before(self):
        other = self._new_company("Bare")
        self.lead.company_id = other
        self.lead._message_sms("Later", scheduled_date=self.hour)
        self.assertFalse(self.messages())
        self.assertFalse(self.env["sms.sms"].search([]))
        past = fields.Datetime.now() - timedelta(minutes=1)
        self.env["mail.message.schedule"].search([]).scheduled_datetime = past
        self.env["mail.message.schedule"]._send_notifications_cron()
        self.assertEqual(len(self.core_sent), 1)

    # === REMINDERS === #

    def test_a_reminder_is_transactional_and_knows_its_registered_text(self):
        template = self.env["sms.template"].create(
            {
                "name": "Reminder",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "body": "See you at {{ object.name }}",
                "hub_template_ref": "1107160000000012345",
            }
        )
        self.lead._message_sms_with_template(template=template, put_in_queue=True)
        self.assertRecordValues(
            self.messages(),
            [
                {
                    "door": "reminder",
                    "purpose": "transactional",
                    "template_ref": "1107160000000012345",
                    "body": f"See you at {self.lead.name}",
                }
            ],
        )

    def test_a_reminder_without_its_template_uses_the_words_at_hand(self):
        self.lead._message_sms_with_template(
            template_xmlid="sms_gateway_hub.no_such_template",
            template_fallback="See you soon",
        )
        self.assertEqual(self.messages().body, "See you soon")

    def test_an_app_that_texts_many_people_at_once_reminds_them(self):
        leads = self._bare_lead() | self.lead.copy({"phone": "+33612345679"})
        leads._message_sms_schedule_mass(body="The hall is changed")
        rows = self.messages()
        self.assertEqual(set(rows.mapped("door")), {"reminder"})
        self.assertEqual(set(rows.mapped("purpose")), {"transactional"})
        self.assertEqual(rows.mapped("number"), [MOBILE, "+33612345679"])

    def test_a_meeting_reminds_its_attendees_through_the_gateway(self):
        if "sms" not in dict(
            self.env["calendar.alarm"]._fields["alarm_type"].selection
        ):
            self.skipTest("calendar_sms is not installed")
        alarm = self.env["calendar.alarm"].create(
            {"name": "An hour before", "alarm_type": "sms", "duration": 1}
        )
        event = self.env["calendar.event"].create(
            {
                "name": "Measuring the kitchen",
                "start": self.hour,
                "stop": self.hour + timedelta(hours=1),
                "partner_ids": [(6, 0, self.partner.ids)],
                "user_id": False,
            }
        )
        event._do_sms_reminder(alarm)
        row = self.messages()
        self.assertEqual((row.number, row.door), (MOBILE, "reminder"))
        self.assertIn("Measuring the kitchen", row.body)
        self.assertFalse(self.platform.requests, "nobody waits for the network")
