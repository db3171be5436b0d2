from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models import mailing_mailing
from .common import MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestLimits(HubCommon):
    """How many texts are one sending, whose they are, and how many a day has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leads = cls.env["crm.lead"].create(
            [{"name": f"L{n}", "phone": f"+3361234010{n}"} for n in range(5)]
        )

    def _compose(self, user=None, **values):
        known = self.messages()
        composer = self.env["sms.composer"].with_user(user or self.hub_user)
        composer.create({"body": "Hello", **values}).action_send_sms()
        return self.messages() - known

    def _compose_selection(self, leads=None, **values):
        return self._compose(
            res_model="crm.lead",
            res_ids=str((leads or self.leads).ids),
            composition_mode="mass",
            **values,
        )

    # === ONE SENDING === #

    def test_texts_know_how_many_were_sent_along(self):
        numbers = f"{MOBILE}, +33612345679"
        record = {"res_model": "crm.lead", "res_id": self.lead.id}
        several = {"res_model": "crm.lead", "res_ids": str(self.leads.ids)}
        for size, values in (
            (2, {"composition_mode": "numbers", "numbers": numbers}),
            (1, {"composition_mode": "comment", **record}),
            (5, {"composition_mode": "comment", **several}),
            (5, {"composition_mode": "mass", **several}),
            (5, {"composition_mode": "mass", "mass_keep_log": False, **several}),
        ):
            with self.subTest(**values):
                rows = self._compose(**values)
                self.assertEqual(rows.mapped("batch_size"), [size] * size)
                self.assertEqual(bool(rows[0].batch_ref), size > 1)
                self.assertEqual(len(set(rows.mapped("batch_ref"))), 1)

    def test_texts_know_of_how_many_parts_their_sending_is(self):
        several = {"res_model": "crm.lead", "res_ids": str(self.leads.ids)}
        for parts, values in (
            (3, {"composition_mode": "numbers", "numbers": MOBILE}),
            (15, {"composition_mode": "comment", **several}),
            (15, {"composition_mode": "mass", **several}),
        ):
            with self.subTest(**values):
                rows = self._compose(body="x" * 400, **values)
                self.assertEqual(set(rows.mapped("segments")), {3})
                self.assertEqual(set(rows.mapped("batch_parts")), {parts})

    def test_texts_of_several_lengths_are_counted_together(self):
        self.leads[0].name = "x" * 400
        rows = self._compose_selection(body="About {{ object.name }}")
        self.assertEqual(sorted(rows.mapped("segments")), [1, 1, 1, 1, 3])
        self.assertEqual(set(rows.mapped("batch_parts")), {7})

    def test_what_the_system_sends_by_itself_is_nobodys_sending(self):
        root = self.env.ref("base.user_root")
        rows = self._compose(
            user=root,
            composition_mode="mass",
            res_model="crm.lead",
            res_ids=str(self.leads.ids),
        )
        self.assertEqual(set(rows.mapped("batch_size")), {0})
        self.assertEqual(set(rows.mapped("batch_parts")), {0})

    def test_no_context_makes_a_sending_smaller(self):
        composer = self.env["sms.composer"].with_user(self.hub_user)
        composer.with_context(hub_terms={"hub_batch_size": 1}).create(
            {
                "body": "Hello",
                "res_model": "crm.lead",
                "res_ids": str(self.leads.ids),
                "composition_mode": "mass",
            }
        ).action_send_sms()
        self.assertEqual(set(self.messages().mapped("batch_size")), {5})

    def test_sending_again_is_no_way_to_make_a_sending_smaller(self):
        rows = self._compose_selection()
        rows._move("cancel", reason="cancelled_by_user")
        again = rows[:1]._send_again() | rows[1:]._send_again()
        self.assertEqual(again.mapped("batch_size"), [5] * 5)

    def test_one_post_to_many_numbers_is_one_sending(self):
        self.company.hub_approval_above = 3
        numbers = [f"+3361234020{turn}" for turn in range(4)]
        lead = self.lead.with_user(self.hub_user)
        lead.message_post(body="Hello", message_type="sms", sms_numbers=numbers)
        rows = self.messages()
        self.assertEqual(rows.mapped("batch_size"), [4] * 4)
        self.assertEqual(len(set(rows.mapped("batch_ref"))), 1)
        self.assertTrue(rows[0].batch_ref)
        self.assertEqual(set(rows.mapped("reason")), {"approval"})

    def test_numbers_on_each_of_several_records_are_one_sending(self):
        rows = self._compose(
            composition_mode="comment",
            res_model="crm.lead",
            res_ids=str(self.leads.ids),
            numbers=f"{MOBILE}, +33612345679",
        )
        self.assertEqual(rows.mapped("batch_size"), [10] * 10)
        self.assertEqual(len(set(rows.mapped("batch_ref"))), 1)

    def test_a_topic_is_told_with_marketing_alone(self):
        news = self.env["sms.hub.scope"].create({"name": "News", "code": "news"})
        for mode in ("mass", "comment"):
            for purpose, topic in (("marketing", news), ("transactional", False)):
                with self.subTest(mode=mode, purpose=purpose):
                    rows = self._compose(
                        res_model="crm.lead",
                        res_ids=str(self.leads.ids),
                        composition_mode=mode,
                        hub_purpose=purpose,
                        hub_scope_id=news.id,
                        body=f"{mode} {purpose}",
                    )
                    self.assertEqual(len(rows), 5)
                    self.assertEqual(rows.scope_id, topic or news.browse())

    # === MAILINGS === #

    def _new_mailing(self, user):
        return (
            self.env["mailing.mailing"]
            .with_user(user)
            .create(
                {
                    "subject": "Spring",
                    "mailing_type": "sms",
                    "mailing_model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "mailing_domain": repr([("id", "in", self.leads.ids)]),
                    "body_plaintext": "Spring has come",
                }
            )
        )

    def _marketer(self, login):
        return self._new_user(
            login,
            "mass_mailing.group_mass_mailing_user,sales_team.group_sale_manager",
        )

    def _run_mailings(self):
        root = self.env.ref("base.user_root")
        self.env["mailing.mailing"].with_user(root)._process_mass_mailing_queue()

    def test_all_chunks_of_a_mailing_are_one_sending_by_who_launched_it(self):
        marketer = self._marketer("marketer")
        mailing = self._new_mailing(marketer)
        mailing.action_put_in_queue()
        with patch.object(mailing_mailing, "CHUNK", 2):
            self._run_mailings()
        rows = self.messages()
        self.assertEqual(rows.mapped("batch_size"), [5] * 5)
        self.assertEqual(set(rows.mapped("batch_ref")), {f"mailing:{mailing.id}"})
        self.assertEqual(rows.author_id, marketer)

    def test_a_mailing_that_goes_on_later_is_as_big_as_it_was(self):
        mailing = self._new_mailing(self._marketer("marketer"))
        mailing.action_send_sms(res_ids=self.leads[:3].ids)
        mailing.action_send_sms(res_ids=self.leads[3:].ids)
        self.assertEqual(self.messages().mapped("batch_size"), [3, 3, 3, 5, 5])

    def test_nobody_says_that_somebody_else_launched_a_mailing(self):
        marketer, other = self._marketer("marketer"), self._marketer("other")
        mailing = self._new_mailing(marketer)
        mailing.write({"state": "in_queue", "hub_launched_by_id": other.id})
        self.assertEqual(mailing.hub_launched_by_id, marketer)
        mailing.hub_launched_by_id = other
        self.assertEqual(mailing.hub_launched_by_id, marketer)
        copied = self.env["mailing.mailing"].with_user(marketer)
        [values] = mailing.copy_data({"hub_launched_by_id": other.id})
        self.assertFalse(copied.create(values).hub_launched_by_id)

    # === A DAY === #

    def test_what_goes_beyond_the_day_of_a_person_is_marked(self):
        self.company.hub_user_daily_limit = 3
        self._compose_selection(self.leads[:2])
        rows = self._compose_selection(self.leads[2:])
        self.assertEqual(rows.mapped("over_limit"), [False, True, True])
        text = self._compose(res_model="crm.lead", res_id=self.lead.id)
        self.assertTrue(text.over_limit)

    def test_what_never_leaves_does_not_count(self):
        self.company.hub_user_daily_limit = 2
        self.leads[0].phone = "12"
        rows = self._compose_selection(self.leads[:4])
        self.assertEqual(rows.mapped("over_limit"), [False, False, False, True])
        (rows[1] | rows[2])._move("cancel", reason="cancelled_by_user")
        self.assertFalse(self._compose_selection(self.leads[4:]).over_limit)

    def test_the_limit_is_for_people_and_each_has_their_own(self):
        self.company.hub_user_daily_limit = 1
        values = {"composition_mode": "numbers", "numbers": MOBILE}
        self.assertFalse(self._compose(**values).over_limit)
        self.assertTrue(self._compose(**values).over_limit)
        self.assertFalse(self._compose(user=self.hub_manager, **values).over_limit)
        root = self.env.ref("base.user_root")
        for _round in range(2):
            self.assertFalse(self._compose(user=root, **values).over_limit)
        self.company.hub_user_daily_limit = 0
        self.assertFalse(self._compose(**values).over_limit)

    def test_no_time_zone_begins_a_new_day(self):
        self.company.hub_user_daily_limit = 1
        values = {"composition_mode": "numbers", "numbers": MOBILE}
        self._date_back(self._compose(**values), timedelta(hours=23, minutes=59))
        for zone in ("Pacific/Kiritimati", "UTC", "Pacific/Niue"):
            self.hub_user.with_user(self.hub_user).write({"tz": zone})
            with self.subTest(zone):
                self.assertTrue(self._compose(**values).over_limit)

    def _date_back(self, rows, age):
        self.env.cr.execute(
            "UPDATE sms_hub_message SET create_date = %s WHERE id = ANY(%s)",
            (fields.Datetime.now() - age, rows.ids),
        )
        self.env.invalidate_all()

    def test_yesterday_does_not_count(self):
        self.company.hub_user_daily_limit = 1
        values = {"composition_mode": "numbers", "numbers": MOBILE}
        self._date_back(self._compose(**values), timedelta(days=1, minutes=1))
        self.assertFalse(self._compose(**values).over_limit)

    def test_few_queries_count_a_day_for_a_whole_selection(self):
        self.company.hub_user_daily_limit = 100
        messages = self.env["sms.hub.message"].with_user(self.hub_user)
        values = [{"door": "mass", "author_id": self.hub_user.id} for _row in range(50)]
        messages._mark_over_limit(self.gateway, values)  # reads user and company once
        # the lock, what is seen from here, and what others committed meanwhile, in a
        # savepoint here
        with self.assertQueryCount(5):
            messages._mark_over_limit(self.gateway, values)
