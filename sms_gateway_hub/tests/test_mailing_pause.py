"""A mailing that stands still, goes on, or ends before everybody got it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .dispatch_common import DispatchCommon


@tagged("post_install", "-at_install")
class TestMailingPause(DispatchCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = cls.env["res.partner"].create(
            [
                {"name": f"Customer {turn}", "phone": f"+3361200000{turn}"}
                for turn in range(6)
            ]
        )
        cls.mailing = cls.env["mailing.mailing"].create(
            {
                "mailing_type": "sms",
                "subject": "Offer",
                "body_plaintext": "Half price",
                "mailing_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "in", cls.customers.ids)],
                "hub_company_id": cls.company.id,
            }
        )
        cls.gateway.bulk_size = 2

    def setUp(self):
        super().setUp()
        self.mailing.action_put_in_queue()
        self.env["mailing.mailing"]._process_mass_mailing_queue()

    def _pause(self, reason="The link is wrong"):
        self.assertTrue(self.mailing.hub_may_pause)
        wizard = self.env["sms.hub.mailing.pause"].create(
            {"mailing_ids": self.mailing.ids, "reason": reason}
        )
        wizard.action_pause()
        self.env.flush_all()

    def _keep(self):
        self.env.flush_all()
        self.env["sms.hub.housekeeping"]._run()
        self.mailing.invalidate_recordset()

    def _rows(self, *states):
        return self.messages(
            ("mailing_id", "=", self.mailing.id), ("state", "in", states)
        )

    def test_nothing_is_claimed_after_a_pause_also_before_it_was_carried_out(self):
        self._pause()
        _settings, batches = self.claim()
        self.assertEqual(batches, [])
        held = self._rows("held")
        self.assertEqual(held.mapped("reason"), ["campaign_paused"] * 6)

    def test_a_pause_holds_what_waits_and_a_resume_lets_it_go(self):
        self._pause()
        self._keep()
        self.assertEqual(len(self._rows("held")), 6)
        self.assertFalse(self._rows("held").filtered("not_before"))
        self.mailing.action_hub_resume()
        self._keep()
        self.assertEqual(len(self._rows("queued")), 6)
        self.dispatch()
        self.assertEqual(len(self._rows("accepted")), 6)

    def test_the_form_says_who_why_and_what_was_on_its_way(self):
        settings, batches = self.claim()
        self.assertEqual(sum(len(batch.rows) for batch in batches), 6)
        self._pause("The link is wrong")
        self.assertEqual(
            self.mailing.hub_pause_words,
            f"Paused by {self.env.user.name}: The link is wrong. 0 texts wait; 6 were "
            "already on their way.",
        )
        self.answer(settings, batches)
        self.env.flush_all()
        self.mailing.invalidate_recordset()
        self.assertIn("6 were already", self.mailing.hub_pause_words)

    def test_texts_of_other_sendings_go_on(self):
        self._pause()
        self._keep()
        other = self.enqueue("+33612000099", purpose="marketing")
        self.dispatch()
        self.assertEqual(other.state, "accepted")
        self.assertEqual(len(self._rows("held")), 6)

    def test_cancelling_the_rest_ends_the_mailing(self):
        self.mailing.action_hub_stop()
        self._keep()
        rows = self._rows("cancelled")
        self.assertEqual(rows.mapped("reason"), ["cancelled_by_user"] * 6)
        self.mirror()
        self.assertEqual(self.mailing.state, "done")

    def test_nothing_of_a_cancelled_rest_is_resumed_while_it_is_cancelled(self):
        self.mailing.action_hub_stop()
        self.mailing.action_hub_resume()
        _settings, batches = self.claim()
        self.assertEqual(batches, [])

    def test_what_is_sent_again_after_the_end_is_not_cancelled_too(self):
        self.mailing.action_hub_stop()
        self._keep()
        self.mirror()
        self.assertFalse(self.mailing.hub_stopped)
        again = self._rows("cancelled")[:1]._send_again()
        self._keep()
        self.assertEqual(again.state, "queued")

    def test_only_what_is_being_sent_can_be_paused(self):
        draft = self.mailing.copy()
        self.assertFalse(draft.hub_may_pause)
        with self.assertRaises(UserError):
            draft.action_hub_pause()
        with self.assertRaises(UserError):
            draft.action_hub_stop()

    def test_nobody_pauses_in_the_name_of_somebody_else(self):
        marketer = self._new_user("marketer", "mass_mailing.group_mass_mailing_user")
        mailing = self.mailing.with_user(marketer)
        forged = {
            "hub_paused_at": "2026-01-01 00:00:00",
            "hub_paused_by_id": self.hub_manager.id,
            "hub_pause_reason": "Ask her",
        }
        mailing.write(forged)
        self.assertFalse(mailing.hub_paused_at or mailing.hub_paused_by_id)
        defaults = {f"default_{name}": value for name, value in forged.items()}
        copy = mailing.with_context(**defaults).copy()
        self.assertFalse(copy.hub_paused_at or copy.hub_paused_by_id)
        mailing._hub_pause("The link is wrong")
        mailing.write(forged)
        self.assertEqual(mailing.hub_paused_by_id, marketer)
        self.assertEqual(mailing.hub_pause_reason, "The link is wrong")
        mailing._hub_resume()
        self.assertFalse(mailing.hub_paused_at)

    def test_a_pause_needs_a_reason_and_a_person_of_marketing(self):
        with self.assertRaises(UserError):
            self._pause(" ")
        mailing = self.mailing.with_user(self.salesman_own)
        for button in (
            mailing.action_hub_pause,
            mailing.action_hub_resume,
            mailing.action_hub_stop,
        ):
            with self.subTest(button=button.__name__), self.assertRaises(AccessError):
                button()

    def test_a_mailing_that_starts_anew_is_not_paused(self):
        self._pause()
        self.mailing.action_cancel()
        self.assertFalse(self.mailing.hub_paused_at)
