from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models import mailing_mailing
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestApproval(HubCommon):
    """Large sendings and busy days wait for a second person, from door to platform."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"hub_approval_above": 3, "hub_user_daily_limit": 0})
        cls.leads = cls.env["crm.lead"].create(
            [{"name": f"L{n}", "phone": f"+3361234010{n}"} for n in range(4)]
        )
        cls.marketer = cls._new_user(
            "marketer",
            "mass_mailing.group_mass_mailing_user,sms_gateway_hub.group_manager,"
            "sales_team.group_sale_manager",
        )

    def setUp(self):
        super().setUp()
        self.platform = self._use_script()

    def _select(self, leads, user):
        composer = self.env["sms.composer"].with_user(user)
        composer.create(
            {
                "body": "Hello",
                "res_model": "crm.lead",
                "res_ids": str(leads.ids),
                "composition_mode": "mass",
            }
        ).action_send_sms()
        return self.messages()

    def _mail(self, put_in_queue=True, body="Spring has come", **context):
        mailing = (
            self.env["mailing.mailing"]
            .with_user(self.marketer)
            .with_context(**context)
            .create(
                {
                    "subject": "Spring",
                    "mailing_type": "sms",
                    "mailing_model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "mailing_domain": repr([("id", "in", self.leads.ids)]),
                    "body_plaintext": body,
                }
            )
        )
        if put_in_queue:
            mailing.action_put_in_queue()
        self._run_mailings()
        return mailing

    def _run_mailings(self):
        root = self.env.ref("base.user_root")
        self.env["mailing.mailing"].with_user(root)._process_mass_mailing_queue()

    def _release_whole(self, action, user):
        wizard = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        wizard.note = "Looked at it with the shop"
        return wizard.action_release()

    def test_a_small_sending_needs_nobody(self):
        self._select(self.leads[:3], self.hub_user)
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 3)

    def test_a_large_sending_goes_out_after_a_second_person_looked_at_it(self):
        rows = self._select(self.leads, self.hub_user)
        self.assertEqual(set(rows.mapped("reason")), {"approval"})
        self.dispatch()
        self.assertFalse(self.platform.sent)
        action = rows[:1].with_user(self.hub_manager).action_release()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.with_user(self.hub_manager).whole_batch = True
        self._release_whole(action, self.hub_manager)
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 4)

    def test_a_sending_of_many_parts_waits_and_the_preview_says_so(self):
        self.company.write({"hub_approval_above": 0, "hub_approval_parts": 7})
        for length, reason in ((160, False), (161, "approval")):
            with self.subTest(length=length):
                known = self.messages()
                composer = (
                    self.env["sms.composer"]
                    .with_user(self.hub_user)
                    .create(
                        {
                            "body": "x" * length,
                            "res_model": "crm.lead",
                            "res_ids": str(self.leads.ids),
                            "composition_mode": "mass",
                        }
                    )
                )
                [group] = composer.hub_forecast["groups"]
                self.assertEqual(group["reason"], reason)
                composer.action_send_sms()
                rows = self.messages() - known
                self.assertEqual(set(rows.mapped("reason")), {reason})

    def test_a_single_text_of_many_parts_waits(self):
        self.company.hub_approval_parts = 2
        values = {"composition_mode": "numbers", "numbers": MOBILE}
        composers = self.env["sms.composer"].with_user(self.hub_user)
        for length in (306, 307):
            composers.create({"body": "x" * length, **values}).action_send_sms()
        self.assertEqual(self.messages().mapped("reason"), [False, "approval"])

    def test_the_parts_of_a_mailing_count_also_where_it_is_made_in_pieces(self):
        self.company.write({"hub_approval_above": 0, "hub_approval_parts": 7})
        self.patch(mailing_mailing, "CHUNK", 2)
        mailing = self._mail()
        self.assertEqual(mailing.hub_approval_count, 0)
        mailing = self._mail(body="x" * 200)
        rows = self.messages(("mailing_id", "=", mailing.id))
        self.assertEqual(set(rows.mapped("batch_parts")), {8})
        self.assertEqual(mailing.hub_approval_count, 4)

    def test_cancelling_and_sending_again_is_no_approval(self):
        rows = self._select(self.leads, self.hub_user)
        rows.with_user(self.hub_user).action_cancel()
        rows.with_user(self.hub_user).action_send_again()
        again = rows.retry_ids
        self.assertEqual(set(again.mapped("reason")), {"approval"})
        self.assertEqual(len(again), 4)

    def test_a_mailing_is_released_on_its_own_page_by_somebody_else(self):
        mailing = self._mail()
        self.assertEqual(mailing.hub_approval_count, 4)
        self.assertFalse(mailing.hub_may_approve)
        self._release_whole(mailing.action_hub_release(), self.marketer)
        self.assertEqual(set(self.messages().mapped("state")), {"held"})
        second = self._new_user(
            "second",
            "mass_mailing.group_mass_mailing_user,sms_gateway_hub.group_manager",
        )
        theirs = mailing.with_user(second)
        self.assertTrue(theirs.hub_may_approve)
        self._release_whole(theirs.action_hub_release(), second)
        self.env.invalidate_all()
        self.assertFalse(mailing.hub_approval_count)
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 4)
        self.assertEqual(self.messages().released_by_id, second)

    def test_no_context_makes_somebody_else_launch_a_mailing(self):
        for forged in ({}, {"default_hub_launched_by_id": self.hub_user.id}):
            with self.subTest(**forged):
                known = self.messages()
                self._mail(put_in_queue=False, default_state="in_queue", **forged)
                rows = self.messages() - known
                self.assertEqual(rows.author_id, self.marketer)
                self.assertFalse(rows.with_user(self.marketer)._release("Mine"))
                self.assertEqual(set(rows.mapped("reason")), {"approval"})

    def test_what_the_server_launches_is_its_creators(self):
        mailing = self._mail(put_in_queue=False)
        root = self.env.ref("base.user_root")
        mailing.with_user(root).action_put_in_queue()
        self._run_mailings()
        self.assertFalse(mailing.hub_launched_by_id)
        self.assertEqual(self.messages().author_id, self.marketer)
        self.assertFalse(mailing.hub_may_approve)

    def test_the_winner_of_a_comparison_is_the_launchers(self):
        mailing = self._mail(put_in_queue=False)
        campaign = self.env["utm.campaign"].create({"name": "Spring"})
        mailing.write({"ab_testing_enabled": True, "campaign_id": campaign.id})
        mailing.action_put_in_queue()
        root = self.env.ref("base.user_root")
        mailing.with_user(root).action_select_as_winner()
        winner = campaign.ab_testing_winner_mailing_id
        self.assertNotEqual(winner, mailing)
        self.assertEqual(winner.hub_launched_by_id, self.marketer)

    def test_who_is_no_manager_releases_no_mailing(self):
        mailing = self._mail()
        clerk = self._new_user("clerk", "mass_mailing.group_mass_mailing_user")
        self.assertFalse(mailing.with_user(clerk).hub_may_approve)
        with self.assertRaises(AccessError):
            mailing.with_user(clerk).action_hub_release()

    def test_the_last_text_of_a_busy_day_waits_for_a_manager(self):
        self.company.hub_user_daily_limit = 1
        values = {"composition_mode": "numbers", "body": "Hello", "numbers": MOBILE}
        composers = self.env["sms.composer"].with_user(self.hub_user)
        for _round in range(2):
            composers.create(values).action_send_sms()
        first, second = self.messages()
        self.assertEqual((first.state, second.reason), ("queued", "user_limit"))
        second.with_user(self.hub_manager)._release("She answers all day")
        self.dispatch()
        self.assertEqual(len(self.platform.sent), 2)
