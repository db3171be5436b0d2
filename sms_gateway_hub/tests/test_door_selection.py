from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LANDLINE, MOBILE, HubCommon

_OTHER = "+33612345679"


@tagged("post_install", "-at_install")
class TestDoorSelection(HubCommon):
    """Texts to a selection of a list, and to free numbers."""

    def _send(self, records, **values):
        composer = self.env["sms.composer"].create(
            {
                "res_model": records._name,
                "res_ids": repr(records.ids),
                "composition_mode": "mass",
                "body": "Hello {{ object.name }}",
                **values,
            }
        )
        composer._action_send_sms()
        return self.messages()

    def _leads(self, **phones):
        return self.env["crm.lead"].create(
            [{"name": name, "phone": phone} for name, phone in phones.items()]
        )

    # === SELECTION === #

    def test_every_record_of_a_selection_has_a_row_with_a_state_or_a_reason(self):
        self.env["phone.blacklist"].sudo()._add(["+33612345680"])
        leads = self._leads(
            good=MOBILE,
            twin=MOBILE,
            missing=False,
            broken="12",
            landline=LANDLINE,
            refused="+33612345680",
        )
        for keep_log in (True, False):
            with self.subTest(keep_log=keep_log):
                before = self.messages()
                rows = self._send(leads, mass_keep_log=keep_log) - before
                found = {row.record_name: row.reason or row.state for row in rows}
                self.assertEqual(
                    found,
                    {
                        "good": "queued",
                        "twin": "duplicate",
                        "missing": "number_missing",
                        "broken": "number_invalid",
                        "landline": "number_landline",
                        "refused": "suppressed",
                    },
                )

    def test_a_selection_is_marketing_unless_somebody_says_otherwise(self):
        row = self._send(self._leads(a=MOBILE))
        self.assertEqual((row.purpose, row.door), ("marketing", "mass"))
        other = self._send(self._leads(b=_OTHER), hub_purpose="transactional") - row
        self.assertEqual(other.purpose, "transactional")

    def test_a_note_on_the_record_shows_the_result_of_its_text(self):
        leads = self._leads(good=MOBILE, missing=False)
        self._send(leads, mass_keep_log=True)
        status = leads.mapped("message_ids.notification_ids.notification_status")
        self.assertEqual(status, ["ready", "exception"])
        self.dispatch()
        good = leads[0].message_ids.notification_ids
        self.assertEqual(good.notification_status, "pending")

    def test_each_record_is_texted_for_its_own_company(self):
        second, bare = self._new_company("Second"), self._new_company("Bare")
        self._new_gateway(second)
        leads = self._leads(ours=MOBILE, theirs=_OTHER, bare="+33612345681")
        for lead, company in zip(leads, (self.company, second, bare), strict=True):
            lead.company_id = company
        for keep_log in (True, False):
            with self.subTest(keep_log=keep_log):
                before = self.messages()
                rows = self._send(leads, mass_keep_log=keep_log) - before
                self.assertEqual(
                    {row.number: row.company_id for row in rows},
                    {MOBILE: self.company, _OTHER: second},
                )
        left = self.env["sms.sms"].search([("hub_managed", "=", False)])
        self.assertEqual(set(left.mapped("number")), {"+33612345681"})

    # === FREE NUMBERS === #

    def _send_to(self, numbers, **values):
        self.env["sms.composer"].create(
            {
                "composition_mode": "numbers",
                "numbers": numbers,
                "body": "Hello",
                **values,
            }
        ).action_send_sms()
        return self.messages()

    def test_free_numbers_are_each_queued_and_know_their_record(self):
        rows = self._send_to(
            f"06 12 34 56 78, {_OTHER}", res_model="crm.lead", res_id=self.lead.id
        )
        self.assertEqual(rows.mapped("number"), [MOBILE, _OTHER])
        self.assertEqual(set(rows.mapped("door")), {"numbers"})
        self.assertEqual(set(rows.mapped("purpose")), {"transactional"})
        self.assertEqual(set(rows.mapped("res_id")), {self.lead.id})
        self.assertEqual(rows.company_id, self.company)

    def test_numbers_that_are_none_are_answered_with_how_to_write_them(self):
        for numbers in ("hello", f"{MOBILE} | {_OTHER}", "1, 2"):
            with (
                self.subTest(numbers=numbers),
                self.assertRaisesRegex(UserError, r"commas.*country code"),
            ):
                self._send_to(numbers)
        self.assertFalse(self.messages())

    def test_pressing_the_button_calls_nothing_over_the_network(self):
        platform, core = self._use_script(), self._watch_core()
        self._send_to(MOBILE)
        self._send(self._leads(a=_OTHER), mass_force_send=True)
        self.assertFalse(platform.requests)
        self.assertFalse(core)
        self.assertEqual(set(self.messages().mapped("state")), {"queued"})
