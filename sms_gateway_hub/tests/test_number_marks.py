"""Numbers whose texts fail for good: who marks them, who heeds it, and the way back."""

from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import format_date

from ..gateway.messages import SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from ..policy import canonical
from .common import MOBILE, HubCommon

OTHER = "+33612345679"


@tagged("post_install", "-at_install")
class TestNumberMarks(HubCommon):
    def setUp(self):
        super().setUp()
        self.provider = self._use_script()
        self.marks = self.env["sms.hub.number.mark"]

    def _refuse(self, number=MOBILE, error_class=ErrorClass.NUMBER, **asked):
        """Let the platform refuse a text."""
        message = self.enqueue(number, **asked)
        self.provider.answers = [
            [
                SendResult(
                    message.uuid,
                    Outcome.REJECTED,
                    error_class=error_class,
                    sentence="Invalid mobile number.",
                )
            ]
        ]
        self.dispatch()
        return message

    def _report_unknown(self, body="Hello"):
        message = self.enqueue(body=body)
        self.dispatch()
        self.report(message, "UNDELIV", error_class=ErrorClass.NUMBER)
        return message

    def _unmark(self, mark, note="They called us", user=None):
        """Lift marks from their list."""
        wizard = self.env["sms.hub.number.unmark"].with_user(user or self.hub_manager)
        wizard.create({"mark_ids": mark.ids, "note": note}).action_clear()

    def _text_again(self, record, user=None):
        """Lift the mark on the form of a contact or lead."""
        action = record.with_user(user or self.hub_user).action_hub_unmark()
        wizard = self.env[action["res_model"]].with_user(user or self.hub_user)
        wizard = wizard.with_context(**action["context"])
        wizard.create({"note": "They called us"}).action_clear()

    def test_a_refused_number_is_marked_at_once_and_says_so_on_contact_and_lead(self):
        message = self._refuse()
        mark = self.marks._of(self.company, MOBILE)
        self.assertEqual((mark.kind, mark.message_id), ("refused", message))
        self.assertEqual(mark.words, "Invalid mobile number.")
        self.lead.phone = MOBILE
        for record in (self.partner, self.lead):
            with self.subTest(model=record._name):
                mine = record.with_user(self.hub_user)
                self.assertTrue(mine.hub_number_marked)
                self.assertIn("Texts do not arrive since", mine.hub_unreachable)
                found = mine.search([("hub_number_marked", "=", True)])
                self.assertIn(mine, found)

    def test_the_gate_refuses_every_purpose_in_every_spelling(self):
        self.company.hub_country_ids = self.env.ref("base.mx") | self.france
        self._refuse("+525512345678")
        typed = self.marks._among(self.company, ["+5215512345678"])
        self.assertEqual(set(typed), {canonical("+525512345678")})
        for purpose in ("marketing", "transactional", "otp", "notice"):
            with self.subTest(purpose=purpose):
                message = self.enqueue("+525512345678", purpose=purpose)
                self.assertEqual(
                    (message.state, message.reason), ("blocked", "unreachable")
                )

    def test_a_network_has_to_say_it_twice_within_thirty_days(self):
        first = self._report_unknown()
        self.assertFalse(self.marks._of(self.company, MOBILE))
        first.sudo().closed_at = "2020-01-01 00:00:00"
        self._report_unknown("Again")
        self.assertFalse(self.marks._of(self.company, MOBILE))
        self._report_unknown("Once more")
        self.assertEqual(self.marks._of(self.company, MOBILE).kind, "unknown")

    def test_other_failures_mark_nothing(self):
        self._refuse(error_class=ErrorClass.CONTENT)
        self.assertFalse(self.marks.search([]))

    def test_what_waits_for_a_marked_number_does_not_leave(self):
        soon = fields.Datetime.now() + timedelta(hours=1)
        later = self.enqueue(body="Later", not_before=soon)
        self._refuse()
        later.sudo().write({"not_before": "2020-01-01 00:00:00"})
        self.dispatch()
        self.assertEqual((later.state, later.reason), ("blocked", "unreachable"))

    def test_a_person_lifts_it_with_a_reason_and_the_next_text_goes_out(self):
        self._refuse()
        mark = self.marks._of(self.company, MOBILE)
        with self.assertRaises(UserError):
            self._unmark(mark, note=" ")
        self._text_again(self.partner)
        self.assertFalse(mark.active)
        self.assertEqual(mark.cleared_by_id, self.hub_user)
        self.assertEqual(mark.clear_note, "They called us")
        message = self.enqueue(body="Again")
        self.dispatch()
        self.assertEqual(message.state, "accepted")

    def test_after_it_was_lifted_the_network_has_to_say_it_twice_again(self):
        for turn in range(2):
            self._report_unknown(f"Text {turn}")
        self._unmark(self.marks._of(self.company, MOBILE))
        self.env.flush_all()
        self._report_unknown("After")
        self.assertFalse(self.marks._of(self.company, MOBILE))

    def test_a_text_that_arrived_shows_that_the_network_was_wrong(self):
        first = self._report_unknown("First")
        arrived = self.enqueue(body="Second")
        self.dispatch()
        self.report(arrived)
        # some moments apart, as Odoo compares whole seconds
        first.sudo().closed_at -= timedelta(seconds=9)
        arrived.sudo().delivered_at -= timedelta(seconds=5)
        self._report_unknown("Third")
        self.assertFalse(self.marks._of(self.company, MOBILE))
        self._report_unknown("Fourth")
        self.assertTrue(self.marks._of(self.company, MOBILE))

    def test_a_report_without_an_answer_is_the_word_of_a_network_too(self):
        message = self.enqueue()
        self.provider.answers.append(Outcome.UNKNOWN)
        self.dispatch()
        message.sudo().platform_ref = "late"
        self.report(message, "UNDELIV", error_class=ErrorClass.NUMBER)
        self.assertEqual(message.state, "failed")
        self.assertFalse(self.marks._of(self.company, MOBILE))

    def test_a_text_that_arrives_after_all_lifts_it(self):
        late = self._report_unknown("First")
        self._report_unknown("Second")
        mark = self.marks._of(self.company, MOBILE)
        self.assertTrue(mark)
        self.report(late)
        self.assertEqual(late.state, "delivered")
        self.assertFalse(mark.active)
        self.assertEqual(mark.clear_note, "A text reached this number.")

    def test_a_text_from_the_number_lifts_it(self):
        self._refuse()
        self.reply(MOBILE, "Hello?")
        mark = self.marks.with_context(active_test=False).search([])
        self.assertFalse(mark.active)
        self.assertFalse(mark.cleared_by_id)

    def test_badges_say_since_when_and_go_with_the_mark(self):
        self._refuse()
        day = format_date(self.env, self.marks._of(self.company, MOBILE).since)
        self.lead.phone = MOBILE
        records = [one.with_user(self.hub_user) for one in (self.partner, self.lead)]
        for record in records:
            self.assertEqual(record.hub_mark_words, f"Unreachable since {day}")
        self._unmark(self.marks._of(self.company, MOBILE))
        for record in records:
            self.assertFalse(record.hub_mark_words)

    def test_lists_cards_forms_and_searches_show_marks_to_users_alone(self):
        stranger = self._new_user(
            "stranger", "base.group_user,base.group_partner_manager"
        )
        for model in ("res.partner", "crm.lead"):
            for kind in ("list", "kanban", "form"):
                with self.subTest(model=model, kind=kind):
                    self.assertTrue(self._shown(model, kind, self.hub_user))
            found = self._shown(model, "search", self.hub_user, "hub_number_marked")
            self.assertTrue(found)
        for kind in ("list", "kanban", "form"):
            self.assertFalse(self._shown("res.partner", kind, stranger))

    def _shown(self, model, kind, user, name="hub_mark_words"):
        view = self.env[model].with_user(user).get_view(view_type=kind)
        return etree.fromstring(view["arch"]).xpath(f"//*[@name='{name}']")

    def test_a_page_of_contacts_costs_one_query_whatever_its_length(self):
        partners = self.env["res.partner"].create(
            [
                {"name": f"P{turn}", "phone": f"+336120010{turn:02}"}
                for turn in range(40)
            ]
        )
        partners.mapped("phone_sanitized")
        counts = []
        for size in (2, 40):
            partners.invalidate_recordset(["hub_mark_words", "hub_number_marked"])
            before = self.env.cr.sql_log_count
            partners[:size].mapped("hub_mark_words")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[1], 2)

    def test_a_corrected_phone_has_no_mark(self):
        self._refuse()
        self.partner.phone = OTHER
        self.assertFalse(self.partner.hub_number_marked)
        self.assertFalse(self.partner.hub_unreachable)

    def test_another_company_texts_the_number_as_before(self):
        self._refuse()
        other = self._new_company("Other")
        self._new_gateway(other)
        self.env.user.company_ids |= other
        message = self.env["sms.hub.message"]._enqueue(
            [{"company": other, "door": "queue", "number": MOBILE, "body": "Hello"}]
        )
        self.assertEqual(message.state, "queued")

    def test_nobody_writes_marks_and_strangers_lift_none(self):
        self._refuse()
        mark = self.marks._of(self.company, MOBILE).with_user(self.hub_manager)
        mark = mark.sudo(False)
        with self.assertRaises(AccessError):
            mark.write({"active": False})
        with self.assertRaises(AccessError):
            self.marks.with_user(self.hub_manager).create(
                {
                    "number": OTHER,
                    "company_id": self.company.id,
                    "kind": "refused",
                    "since": "2026-01-01 00:00:00",
                }
            )
        stranger = self._new_user("stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self._unmark(mark, user=stranger)

    def test_a_user_lifts_marks_of_records_they_may_change_and_sees_no_others(self):
        self._refuse()
        mark = self.marks._of(self.company, MOBILE)
        with self.assertRaises(AccessError):
            self.marks.with_user(self.salesman_own).search([])
        with self.assertRaises(AccessError):
            self._unmark(mark, user=self.salesman_own)
        self.lead.write({"phone": MOBILE, "user_id": self.hub_user.id})
        with self.assertRaises(AccessError):
            self._text_again(self.lead, self.salesman_own)
        wizard = self.env["sms.hub.number.unmark"].with_user(self.hub_user)
        users = {"res_model": "res.users", "res_id": self.env.uid, "note": "Mine"}
        with self.assertRaises(AccessError):
            wizard.create(users).action_clear()
        self.assertTrue(mark.active)
        self.lead.user_id = self.salesman_own
        self._text_again(self.lead, self.salesman_own)
        self.assertFalse(mark.active)
