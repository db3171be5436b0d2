from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models import mailing_mailing_refusals
from .common import HubCommon


@tagged("post_install", "-at_install")
class TestMailingRefusals(HubCommon):
    """A mailing whose texts are refused for what they say stops by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.object(mailing_mailing_refusals, "_LEAST", 5))
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "subject": "Spring offer",
                "mailing_type": "sms",
                "body_plaintext": "Offer",
                "hub_company_id": cls.company.id,
                "mailing_model_id": cls.env.ref("base.model_res_partner").id,
                "user_id": cls.hub_manager.id,
                "state": "sending",
            }
        )

    def outcome(self, good, refused, minutes=0):
        """Let so many texts of the mailing be accepted, and so many be refused.

        :param minutes: since they left
        """
        claimed_at = fields.Datetime.now() - timedelta(minutes=minutes, seconds=-1)
        for turn in range(good + refused):
            row = self.enqueue(
                f"+3361239{len(self.messages()):04}", mailing_id=self.mailing.id
            )
            self.assertEqual(row.state, "queued")
            state = "accepted" if turn < good else "failed"
            error = False if turn < good else "content"
            row.sudo().write(
                {"state": state, "error_class": error, "claimed_at": claimed_at}
            )
        self.env.flush_all()
        self.env["mailing.mailing"]._hub_stop_refused()

    def test_it_is_paused_and_its_author_is_told(self):
        self.outcome(good=48, refused=2)
        self.assertTrue(self.mailing.hub_paused_at)
        self.assertIn("4.0 % of its texts", self.mailing.hub_pause_reason)
        self.assertIn("stopped", self.mailing.activity_ids.summary)
        self.assertTrue(self.mailing.activity_ids.user_id)

    def test_few_texts_and_a_small_share_are_no_reason(self):
        self.outcome(good=3, refused=1)
        self.assertFalse(self.mailing.hub_paused_at, "four are too few")
        self.outcome(good=60, refused=0)
        self.assertFalse(self.mailing.hub_paused_at, "below two percent")

    def test_the_company_may_switch_it_off(self):
        self.company.hub_mailing_refusals = 0
        self.outcome(good=5, refused=5)
        self.assertFalse(self.mailing.hub_paused_at)

    def test_what_left_before_a_person_looked_stops_it_only_once(self):
        self.outcome(good=5, refused=5, minutes=1)
        self.assertTrue(self.mailing.hub_paused_at)
        self.mailing._hub_resume()
        self.outcome(good=0, refused=10, minutes=1)
        self.assertFalse(self.mailing.hub_paused_at, "late reports")
        self.outcome(good=5, refused=5)
        self.assertTrue(self.mailing.hub_paused_at)
