from datetime import timedelta
from functools import partial
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LANDLINE, MOBILE, MOBILE_NATIONAL, HubCommon

_OTHER = "+33612345679"


@tagged("post_install", "-at_install")
class TestEnqueue(HubCommon):
    """What every door ends in."""

    def _ask(self, *asked):
        common = {"company": self.company, "door": "queue", "body": "Hello"}
        return self.env["sms.hub.message"]._enqueue(
            [{**common, "number": MOBILE, **one} for one in asked]
        )

    # === ROWS === #

    def test_rows_come_back_in_the_order_they_were_asked_for(self):
        other = self._new_company("Second")
        self._new_gateway(other)
        companies = [other, self.company, other, self.company]
        rows = self._ask(
            *({"company": one, "body": f"{n}"} for n, one in enumerate(companies)),
            {"body": "twice", "key": "a"},
            {"body": "twice", "key": "a"},
        )
        self.assertEqual(rows.mapped("body")[:4], ["0", "1", "2", "3"])
        self.assertEqual([row.company_id for row in rows[:4]], companies)
        self.assertEqual(rows.ids[4], rows.ids[5])
        self.assertEqual(len(rows.ids), 6)

    def test_nothing_asked_is_nothing_done(self):
        self.assertFalse(self._ask())

    def test_a_message_waits_for_its_hour_and_lives_from_then_on(self):
        hour = fields.Datetime.now().replace(microsecond=0) + timedelta(days=2)
        for purpose, life in (
            ("otp", timedelta(minutes=10)),
            ("transactional", timedelta(days=1)),
            ("marketing", timedelta(days=3)),
        ):
            with self.subTest(purpose=purpose):
                row = self._ask({"purpose": purpose, "not_before": hour})
                self.assertEqual(row.not_before, hour)
                self.assertEqual(row.expires_at, hour + life)

    def test_what_would_be_too_late_is_expired_and_says_so(self):
        now = fields.Datetime.now()
        row = self._ask({"expires_at": now - timedelta(minutes=1)})
        self.assertEqual((row.state, row.reason), ("expired", "expired"))
        self.assertTrue(row.explanation)

    def test_test_mode_holds_what_is_not_on_its_list(self):
        self.gateway.write({"test_mode": True, "test_numbers": "33 6 12 34 56 79"})
        held, free = self._ask({}, {"number": _OTHER})
        self.assertEqual((held.state, held.reason), ("held", "test_mode"))
        self.assertFalse(held.not_before)
        self.assertEqual(free.state, "queued")
        self.gateway.test_mode = False
        self.assertEqual(held.state, "queued")

    # === NUMBERS AND TEXTS === #

    def test_every_bad_number_has_its_own_reason_and_words(self):
        cases = {
            None: "number_missing",
            "  ": "number_missing",
            "no phone": "number_invalid",
            "+33 1": "number_invalid",
            "+999999999999": "number_invalid",
            LANDLINE: "number_landline",
            "01 23 45 67 89": "number_landline",
            f"{MOBILE} | {_OTHER}": "number_two",
            f"{MOBILE_NATIONAL} / 07 11 22 33 44": "number_two",
        }
        rows = self._ask(*({"number": number} for number in cases))
        for row, (number, reason) in zip(rows, cases.items(), strict=True):
            with self.subTest(number=number):
                self.assertEqual((row.state, row.reason), ("blocked", reason))
                self.assertTrue(row.explanation)
                self.assertTrue(row.next_step)
                self.assertTrue(row.closed_at)

    def test_a_national_number_needs_a_country_and_says_so(self):
        self.company.write({"country_id": False, "hub_country_ids": self.france})
        self.partner.country_id = False
        bare, known = self._ask(
            {"number": MOBILE_NATIONAL},
            {
                "number": MOBILE_NATIONAL,
                "partner_id": self.partner.copy({"country_id": self.france.id}).id,
            },
        )
        self.assertEqual(bare.reason, "number_no_country")
        self.assertEqual((known.state, known.number), ("queued", MOBILE))

    def test_numbers_are_completed_by_their_record_and_else_by_the_company(self):
        belgium = self.env.ref("base.be")
        self.company.hub_country_ids = self.france | belgium
        lead = self.env["crm.lead"].create({"name": "x", "country_id": belgium.id})
        cases = [
            ({"res_model": "crm.lead", "res_id": lead.id}, "+32470123456"),
            ({"res_model": "crm.lead", "res_id": 0}, None),
            ({"res_model": "no.such.model", "res_id": 7}, None),
            ({"res_model": "crm.lead", "res_id": 999_999_999}, None),
        ]
        rows = self._ask(*({"number": "0470 12 34 56", **one} for one, _ in cases))
        for row, (_asked, number) in zip(rows, cases, strict=True):
            with self.subTest(number=number):
                if number:
                    self.assertEqual((row.state, row.number), ("queued", number))
                else:
                    self.assertEqual(row.state, "blocked")

    def test_empty_and_overlong_texts_are_refused_with_the_reason(self):
        cases = {
            None: "text_empty",
            " \n": "text_empty",
            "x" * 2000: "text_too_long",
            "я" * 2000: "text_too_long",
        }
        rows = self._ask(*({"body": body} for body in cases))
        for row, (body, reason) in zip(rows, cases.items(), strict=True):
            with self.subTest(body=str(body)[:5]):
                self.assertEqual((row.state, row.reason), ("blocked", reason))

    def test_characters_that_no_database_takes_are_left_out(self):
        row = self._ask({"body": "Hel\x00lo \ud800you", "number": f"{MOBILE}\x00"})
        self.env.flush_all()
        self.assertEqual((row.body, row.number), ("Hello you", MOBILE))

    # === KEYS === #

    def test_a_key_stands_for_one_message(self):
        first = self._ask({"key": "order-7"})
        self.assertEqual(self._ask({"key": "order-7", "body": "again"}), first)
        self.assertEqual(len(self.messages()), 1)
        other = self._new_company("Second")
        self._new_gateway(other)
        theirs = self._ask({"key": "order-7", "company": other})
        self.assertNotEqual(theirs, first)

    def test_messages_without_a_key_leave_none_behind(self):
        self._ask({}, {})
        keys = self.env["sms.hub.key"].search([("company_id", "=", self.company.id)])
        self.assertFalse(keys)
        self.assertEqual(len(self.messages()), 2)

    def test_a_refused_or_cancelled_message_gives_its_key_back(self):
        for number, close in ((False, None), (MOBILE, "cancel")):
            with self.subTest(number=number):
                first = self._ask({"key": f"order-{number}", "number": number})
                if close:
                    first._move(close, reason="cancelled_by_user")
                again = self._ask({"key": f"order-{number}"})
                self.assertNotEqual(again, first)
                self.assertEqual(again.state, "queued")

    def test_a_failed_message_keeps_its_key(self):
        first = self._ask({"key": "order-7"})
        first.write({"state": "failed"})
        self.assertEqual(self._ask({"key": "order-7"}), first)

    # === CHANGES WHILE WAITING === #

    def test_a_changed_sms_changes_its_waiting_message(self):
        self.lead._message_sms("Hello", put_in_queue=True)
        row, sms = self.messages(), self.env["sms.sms"].search([])
        sms.write({"body": "Привет", "number": "06 12 34 56 79"})
        self.assertRecordValues(
            row, [{"body": "Привет", "encoding": "ucs2", "number": _OTHER}]
        )

    def test_what_may_be_out_can_neither_be_changed_nor_deleted(self):
        self.lead._message_sms("Hello", put_in_queue=True)
        row, sms = self.messages(), self.env["sms.sms"].search([])
        for state in ("claimed", "unknown", "accepted"):
            row.write({"state": state})
            with self.subTest(state=state):
                with self.assertRaises(UserError):
                    sms.body = "Changed"
                with self.assertRaises(UserError):
                    sms.unlink()
                self.assertEqual(row.body, "Hello")

    def test_a_deleted_sms_is_not_sent(self):
        self.lead._message_sms("Hello", put_in_queue=True)
        self.env["sms.sms"].search([]).unlink()
        row = self.messages()
        self.assertEqual((row.state, row.reason), ("cancelled", "record_deleted"))

    def test_a_cancelled_sms_is_shown_as_such_and_can_be_sent_again(self):
        post = self.lead._message_sms("Hello", put_in_queue=True)
        sms = self.env["sms.sms"].search([])
        sms.action_set_canceled()
        self.assertEqual(sms.state, "canceled")
        self.assertEqual(post.notification_ids.notification_status, "canceled")
        sms.action_set_outgoing()
        again = self.messages(("retry_of_id", "!=", False))
        self.assertEqual(again.state, "queued")
        self.assertEqual(sms.uuid, again.uuid)
        with self.assertRaises(UserError):
            self.messages(("state", "=", "cancelled")).action_send_again()

    # === SENDING AGAIN === #

    def test_only_what_surely_did_not_arrive_is_sent_again(self):
        row = self._ask({})
        for state, again in (
            ("queued", False),
            ("claimed", False),
            ("unknown", False),
            ("accepted", False),
            ("delivered", False),
            ("failed", True),
            ("expired", True),
            ("cancelled", True),
        ):
            with self.subTest(state=state):
                row.write({"state": state})
                self.env["sms.hub.message"].search(
                    [("retry_of_id", "=", row.id)]
                )._move("cancel", reason="cancelled_by_user")
                self.assertEqual(bool(row._send_again()), again)

    def test_a_choice_of_the_recipient_is_not_undone_by_sending_again(self):
        for reason in ("opted_out", "duplicate"):
            with self.subTest(reason=reason):
                row = self._ask({"refused": reason})
                self.assertEqual(row.reason, reason)
                self.assertFalse(row._send_again())

    def test_sending_again_takes_the_number_of_today_unless_it_was_free(self):
        asked = {"number": "12", "res_model": "crm.lead", "res_id": self.lead.id}
        record, free = self._ask(asked, {**asked, "door": "numbers"})
        self.assertEqual(record._send_again().number, MOBILE)
        self.assertEqual(free._send_again().number, "12")

    def test_sending_again_without_a_gateway_is_answered_in_words(self):
        row = self._ask({"number": False})
        self.gateway.action_deactivate()
        with self.assertRaisesRegex(UserError, "no active SMS gateway"):
            row._send_again()

    # === COST === #

    def _count_queries(self, function):
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_a_hundred_messages_cost_as_many_queries_as_ten(self):
        def ask(count, start):
            partners = self.env["res.partner"].create(
                [{"name": "x", "country_id": self.france.id}] * count
            )
            self.env.flush_all()
            self.env.invalidate_all()
            return self._count_queries(
                lambda: self._ask(
                    *(
                        {"number": f"06 {start + n:08}", "partner_id": partner.id}
                        for n, partner in enumerate(partners)
                    )
                )
            )

        ask(10, 10_000_000)
        few, many = ask(10, 20_000_000), ask(100, 30_000_000)
        self.assertEqual(many, few)

    def test_a_hundred_sms_of_posts_cost_as_many_queries_as_ten(self):
        def make(count, start):
            leads = self.env["crm.lead"].create(
                [{"name": f"Lead {start + n}"} for n in range(count)]
            )
            posts = self.env["mail.message"].create(
                [{"model": lead._name, "res_id": lead.id} for lead in leads]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            return [
                {
                    "number": f"+3361{start + n:07}",
                    "body": "Hello",
                    "mail_message_id": post.id,
                }
                for n, post in enumerate(posts)
            ]

        sms = self.env["sms.sms"].sudo()
        sms.create(make(10, 1000))
        for ask, start in ((sms.create, 2000), (sms._hub_record_refused, 3000)):
            with self.subTest(door=ask.__name__):
                few = self._count_queries(partial(ask, make(10, start)))
                many = self._count_queries(partial(ask, make(100, start + 100)))
                self.assertEqual(many, few)

    def test_sending_a_hundred_again_costs_as_many_queries_as_ten(self):
        def refused(count):
            leads = self.env["crm.lead"].create(
                [{"name": "x", "phone": "12"} for _n in range(count)]
            )
            sms = self.env["sms.sms"].create(
                [
                    {"number": "12", "body": "Hello", "hub_res_model": lead._name}
                    | {"hub_res_id": lead.id, "hub_door": "mass"}
                    for lead in leads
                ]
            )
            self.env["sms.tracker"].create([{"sms_uuid": one.uuid} for one in sms])
            for number, lead in enumerate(leads, start=leads[0].id):
                lead.phone = f"+33612{number:06}"
            return sms._hub_messages()

        def send_again(messages):
            self.env.flush_all()
            self.env.invalidate_all()
            return self._count_queries(
                messages.with_user(self.hub_user).action_send_again
            )

        send_again(refused(10))
        many = refused(100)
        self.assertEqual(send_again(many), send_again(refused(10)))
        self.assertEqual(len(set(many.retry_ids.mapped("number"))), 100)

    def test_an_sms_of_a_company_without_a_gateway_costs_nothing_more(self):
        bare = self._new_company("Bare")
        sms = self.env["sms.sms"].sudo().with_company(bare)
        values = [{"number": MOBILE, "body": "Hello"} for _one in range(50)]

        def create():
            sms.create([dict(one) for one in values])

        create()
        with_us = self._count_queries(create)
        ours = type(self.env["sms.sms"])
        plain = next(
            klass.create
            for klass in ours.__mro__
            if "create" in vars(klass) and "sms_gateway_hub" not in klass.__module__
        )
        with patch.object(ours, "create", plain):
            without_us = self._count_queries(create)
        self.assertEqual(with_us, without_us)
