from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import HubCommon


@tagged("post_install", "-at_install")
class TestPhoneRepair(HubCommon):
    """The number doctor: what it finds, what it proposes, and what it undoes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.france, cls.belgium = cls.env.ref("base.fr"), cls.env.ref("base.be")
        cls.company.country_id = cls.env.ref("base.us")
        cls.doctor = cls._new_user(
            "doctor",
            "sms_gateway_hub.group_manager,base.group_partner_manager,"
            "sales_team.group_sale_salesman_all_leads",
        )
        cls.repairs = cls.env["sms.hub.phone.repair"].with_user(cls.doctor)

    def contact(self, phone, **values):
        return self.env["res.partner"].create(
            {"name": "Anna", "phone": phone, "country_id": self.france.id, **values}
        )

    def new_lead(self, phone, **values):
        return self.env["crm.lead"].create(
            {"name": "A lead", "phone": phone, "country_id": self.france.id, **values}
        )

    def check(self):
        return self.repairs.action_check()["params"]["message"]

    def row(self, record):
        field = "partner_id" if record._name == "res.partner" else "lead_id"
        return self.repairs.search([(field, "=", record.id)])

    def rows_of(self, *phones, **values):
        contacts = [self.contact(phone, **values) for phone in phones]
        self.check()
        return self.repairs.concat(*map(self.row, contacts))

    # === CHECKING === #

    def test_what_can_be_texted_and_what_is_empty_is_no_fault(self):
        fine = self.contact("+33 6 12 34 56 78"), self.contact("0612345678")
        empty = self.contact(False), self.contact("")
        self.check()
        for contact in fine + empty:
            self.assertFalse(self.row(contact))

    def test_each_problem_has_its_repair(self):
        cases = {
            # phone: (country, (problem, proposal, way, certainty))
            "01 23 45 67 89 | 06 12 34 56 78": (
                self.france,
                ("two_numbers", "+33 6 12 34 56 78", "mobile", "certain"),
            ),
            "+33 6 12 34 56 78, +33 1 23 45 67 89": (
                self.france,
                ("two_numbers", "+33 6 12 34 56 78", "mobile", "certain"),
            ),
            "06 12 34 56 78": (
                self.belgium,
                ("invalid", False, False, False),
            ),
            "(202) 555-0123": (
                self.france,
                ("invalid", "+1 202-555-0123", "country", "guess"),
            ),
            "+54 11 2345 6789": (
                self.france,
                ("landline", "+54 9 11 2345-6789", "spelling", "guess"),
            ),
            "06 12 34 56 78 at the office": (
                self.france,
                ("invalid", "+33 6 12 34 56 78", "extract", "certain"),
            ),
            "01 23 45 67 89": (self.france, ("landline", False, False, False)),
            "+33 899 12 34 56": (self.france, ("special", False, False, False)),
            "ask at the desk": (self.france, ("invalid", False, False, False)),
        }
        contacts = {
            phone: self.contact(phone, country_id=country.id)
            for phone, (country, _expected) in cases.items()
        }
        self.check()
        for phone, (_country, expected) in cases.items():
            with self.subTest(phone):
                row = self.row(contacts[phone])
                found = (row.problem, row.proposal, row.way, row.certainty)
                self.assertEqual(found, expected)
                self.assertEqual((row.phone, row.state), (phone, "open"))
                self.assertTrue(row.explanation)

    def test_the_country_comes_from_company_then_leads_then_ours(self):
        parent = self.contact(False, name="Maison", is_company=True)
        employee = self.contact(
            "06 12 34 56 78", parent_id=parent.id, country_id=False, type="other"
        )
        customer = self.contact("06 98 76 54 32", country_id=False)
        self.new_lead(False, partner_id=customer.id)
        stranger = self.contact("06 55 44 33 22", country_id=False)
        self.check()
        self.assertEqual(self.row(employee).proposal, "+33 6 12 34 56 78")
        self.assertEqual(self.row(employee).problem, "no_country")
        self.assertEqual(self.row(customer).proposal, "+33 6 98 76 54 32")
        self.assertEqual(self.row(customer).certainty, "certain")
        self.assertFalse(self.row(stranger).proposal)

    def test_a_lead_with_the_number_of_its_contact_is_listed_once(self):
        contact = self.contact("06 12 34 56 78 | 01 23 45 67 89")
        lead = self.new_lead(contact.phone, partner_id=contact.id)
        own = self.new_lead("07 66 22 33 44 / 01 98 76 54 32")
        self.check()
        self.assertTrue(self.row(contact))
        self.assertFalse(self.row(lead))
        self.assertEqual(self.row(own).proposal, "+33 7 66 22 33 44")
        self.row(contact).action_apply()
        self.assertEqual(lead.phone_sanitized, "+33612345678")

    def test_a_lead_takes_the_number_of_its_contact_rather_than_change_it(self):
        contact = self.contact("+33 6 12 34 56 78")
        lead = self.new_lead(False, partner_id=contact.id)
        self.env.cr.execute(
            "UPDATE crm_lead SET phone = '01 23 | 06 99', phone_sanitized = NULL"
            " WHERE id = %s",
            [lead.id],
        )
        self.env.invalidate_all()
        self.check()
        self.assertEqual(self.row(lead).way, "contact")
        self.row(lead).action_apply()
        self.assertEqual(lead.phone, "+33 6 12 34 56 78")
        self.assertEqual(contact.phone, "+33 6 12 34 56 78")

    def test_a_check_tells_what_it_saw_and_follows_what_changed(self):
        row = self.rows_of("01 23 45 67 89")
        self.assertIn("to repair", self.check())
        self.assertTrue(row.exists())
        row.partner_id.phone = "01 23 45 67 89 / 06 12 34 56 78"
        self.check()
        self.assertEqual(row.problem, "two_numbers")
        self.assertEqual(row.proposal, "+33 6 12 34 56 78")
        row.partner_id.phone = "06 12 34 56 78"
        self.check()
        self.assertFalse(row.exists())

    def test_archived_and_emptied_fields_leave_the_list(self):
        rows = self.rows_of("01 23 45 67 89", "01 98 76 54 32")
        rows[0].partner_id.active = False
        rows[1].partner_id.phone = False
        self.check()
        self.assertFalse(rows.exists())

    def test_a_correction_by_hand_survives_the_next_check(self):
        row = self.rows_of("01 23 45 67 89")
        row.proposal = "+33 6 12 34 56 78"
        self.check()
        self.assertEqual(row.proposal, "+33 6 12 34 56 78")

    def test_many_fields_need_few_queries(self):
        self.check()
        for number in range(60):
            self.contact(f"01 23 45 {number:02d} 89")
        self.env.flush_all()
        self.repairs.env.invalidate_all()
        with self.assertQueryCount(35):
            self.check()

    # === APPLYING AND UNDOING === #

    def test_a_repair_is_written_and_the_old_field_kept_in_a_note(self):
        row = self.rows_of("06 12 34 56 78 | 01 23 45 67 89")
        message = row.action_apply()["params"]["message"]
        self.assertIn("1 repaired", message)
        contact = row.partner_id
        self.assertEqual(contact.phone, "+33 6 12 34 56 78")
        self.assertEqual(contact.phone_sanitized, "+33612345678")
        self.assertEqual((row.state, row.applied_by_id), ("applied", self.doctor))
        self.assertIn("01 23 45 67 89", contact.message_ids[0].body)
        self.check()
        self.assertEqual(row.state, "applied")

    def test_rows_without_a_repair_are_left_alone(self):
        row = self.rows_of("01 23 45 67 89")
        for action in (row.action_apply, row.action_undo):
            self.assertIn("nothing to do", action()["params"]["message"])
        self.assertEqual(row.state, "open")
        self.assertEqual(row.partner_id.phone, "01 23 45 67 89")

    def test_a_field_that_changed_since_the_check_is_not_touched(self):
        rows = self.rows_of("06 12 34 56 78 | 1234567", "06 98 76 54 32 | 1234567")
        rows[0].partner_id.phone = "+33 7 00 00 00 00"
        params = rows.action_apply()["params"]
        self.assertEqual(params["type"], "warning")
        self.assertIn("Anna was left alone", params["message"])
        self.assertEqual(rows[0].partner_id.phone, "+33 7 00 00 00 00")
        self.assertEqual(rows.mapped("state"), ["open", "applied"])

    def test_undo_puts_back_what_nobody_changed_since(self):
        before = ["06 12 34 56 78 | 01 23 45 67 89", "06 98 76 54 32 | 1234567"]
        rows = self.rows_of(*before)
        rows.action_apply()
        rows[1].partner_id.phone = "+33 7 00 00 00 00"
        params = rows.action_undo()["params"]
        self.assertIn("1 put back", params["message"])
        self.assertIn("changed meanwhile", params["message"])
        self.assertEqual(rows[0].partner_id.phone, before[0])
        self.assertEqual(rows[1].partner_id.phone, "+33 7 00 00 00 00")
        self.assertEqual(rows.mapped("state"), ["open", "applied"])
        self.assertFalse(rows[0].applied_by_id)

    def test_a_repair_made_useless_by_hand_is_proposed_again(self):
        row = self.rows_of("06 12 34 56 78 | 01 23 45 67 89")
        row.action_apply()
        row.partner_id.phone = row.phone
        self.check()
        self.assertEqual(row.state, "open")
        self.assertFalse(row.applied_at)

    def test_what_is_ignored_stays_ignored_until_it_changes(self):
        row = self.rows_of("01 23 45 67 89")
        row.action_ignore()
        self.check()
        self.assertEqual(row.state, "ignored")
        row.action_reconsider()
        self.assertEqual(row.state, "open")
        row.action_ignore()
        row.partner_id.phone = "01 98 76 54 32"
        self.check()
        self.assertEqual(row.state, "open")

    def test_only_a_number_that_can_be_texted_is_a_repair(self):
        row = self.rows_of("01 23 45 67 89")
        for number in ("06 12", "+33 1 23 45 67 89", "+33 899 12 34 56", "soon"):
            with self.subTest(number), self.assertRaises(ValidationError):
                row.proposal = number
        row.proposal = "+33612345678"
        row.action_apply()
        self.assertEqual(row.partner_id.phone_sanitized, "+33612345678")

    def test_contacts_on_the_list_can_be_merged(self):
        rows = self.rows_of("01 23 45 67 89", "06 12 34 56 78 | 1234567")
        kept, gone = rows.partner_id
        self.env["base.partner.merge.automatic.wizard"]._merge((kept + gone).ids, kept)
        self.assertFalse(gone.exists())
        self.check()
        self.assertEqual(self.row(kept).phone, kept.phone)

    # === RIGHTS === #

    def test_a_plain_user_sees_and_does_nothing(self):
        row = self.rows_of("06 12 34 56 78 | 01 23 45 67 89")
        own = row.with_user(self.hub_user)
        for forbidden in (own.action_apply, own.action_check, own.action_ignore):
            with self.assertRaises(AccessError):
                forbidden()
        with self.assertRaises(AccessError):
            own.search([])

    def test_a_manager_repairs_only_what_they_may_write(self):
        contact = self.contact("06 12 34 56 78 | 01 23 45 67 89")
        lead = self.new_lead("07 66 22 33 44 / 01 98 76 54 32")
        self.check()
        manager = self._new_user("only_sms", "sms_gateway_hub.group_manager")
        rows = (self.row(contact) + self.row(lead)).with_user(manager)
        self.assertFalse(self.env["crm.lead"].with_user(manager).has_access("write"))
        self.assertEqual(rows.mapped("record_name"), ["Anna", "A lead"])
        params = rows.action_apply()["params"]
        self.assertIn("you may not change it", params["message"])
        self.assertEqual(lead.phone, "07 66 22 33 44 / 01 98 76 54 32")
        self.assertEqual(contact.phone, "06 12 34 56 78 | 01 23 45 67 89")
        self.assertEqual(rows.mapped("state"), ["open", "open"])

    def test_nobody_invents_removes_or_bends_a_row(self):
        row = self.rows_of("06 12 34 56 78 | 01 23 45 67 89")
        other = self.contact("+33 6 55 44 33 22")
        for values in (
            {"state": "applied"},
            {"phone": "x"},
            {"partner_id": other.id},
            {"applied_by_id": self.env.uid, "proposal": "+33 6 55 44 33 22"},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                row.write(values)
        with self.assertRaises(AccessError):
            row.unlink()
        with self.assertRaises(AccessError):
            self.repairs.create({"partner_id": other.id, "problem": "invalid"})

    def test_another_company_is_not_looked_into(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.contact("01 23 45 67 89", company_id=company.id)
        shared = self.contact("01 98 76 54 32")
        self.check()
        self.assertFalse(self.row(theirs))
        self.assertTrue(self.row(shared))
        self.doctor.company_ids |= company
        both = self.repairs.with_context(
            allowed_company_ids=[self.company.id, company.id]
        )
        both.action_check()
        row = both.search([("partner_id", "=", theirs.id)])
        self.assertEqual(row.company_id, company)
        alone = self.repairs.with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(alone.search([("partner_id", "=", theirs.id)]))
        alone.action_check()
        self.assertTrue(row.exists())
