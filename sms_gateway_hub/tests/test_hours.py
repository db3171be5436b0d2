from odoo.tests import tagged

from ..policy.hours import Schedule
from .common import HubCommon

_EIGHT_TO_EIGHT = (8 * 60, 20 * 60)


@tagged("post_install", "-at_install")
class TestHours(HubCommon):
    """The rows of the law, as the gate gets them."""

    def schedules(self, country="", state="", company=None):
        return self.env["sms.hub.hours"]._schedules(
            company or self.company, country, state
        )

    def codes(self, *place, **asked):
        return [schedule.code for schedule in self.schedules(*place, **asked)]

    def test_every_shipped_row_becomes_a_schedule(self):
        rows = self.env["sms.hub.hours"].search([("company_id", "=", False)])
        self.assertGreater(len(rows), 90)
        for row in rows:
            with self.subTest(row.name):
                schedule = row._to_schedule(self.company.id, "", "", 2026)
                self.assertIsInstance(schedule, Schedule)
                self.assertTrue(any(schedule.week))
                self.assertTrue(row.source)
                self.assertTrue(row.summary)
