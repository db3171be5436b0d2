from unittest.mock import patch

from odoo.tests import tagged

from ..models import mailing_mailing
from .common import HubCommon


@tagged("post_install", "-at_install")
class TestSameNumber(HubCommon):
    """Several contacts and leads with one telephone know of each other."""

    def contact(self, phone):
        return self.env["res.partner"].create({"name": "Bia", "phone": phone})

    def shown(self, action):
        return self.env[action["res_model"]].search(action["domain"])

    def test_contacts_count_the_others_with_their_number(self):
        one, other = self.contact("+33655443322"), self.contact("+33 6 55 44 33 22")
        stranger = self.contact("+33655443323")
        self.assertEqual(one.hub_same_number_count, 1)
        self.assertEqual(self.shown(one.action_hub_same_number()), other)
        self.assertEqual(stranger.hub_same_number_count, 0)

    def test_both_spellings_of_a_number_are_one(self):
        one, other = self.contact("+5491123456789"), self.contact("+541123456789")
        self.assertNotEqual(one.phone_sanitized, other.phone_sanitized)
        self.assertEqual(self.shown(one.action_hub_same_number()), other)
        self.assertEqual(self.shown(other.action_hub_same_number()), one)

    def test_nobody_shares_no_number(self):
        one, other = self.contact(False), self.contact(False)
        self.assertEqual((one.hub_same_number_count, one.phone_sanitized), (0, False))
        self.assertEqual(other.hub_same_number_lead_count, 0)
        self.assertFalse(self.shown(one.action_hub_same_number()))
        self.assertFalse(self.shown(one.action_hub_same_number_leads()))

    def test_leads_of_others_are_counted_and_one_s_own_are_not(self):
        one, other = self.contact("+33655443322"), self.contact("+33655443322")
        leads = self.env["crm.lead"].create(
            [
                {"name": "own", "partner_id": one.id},
                {"name": "of the other", "partner_id": other.id},
                {"name": "of nobody", "phone": "+33655443322"},
            ]
        )
        self.assertEqual(one.hub_same_number_lead_count, 2)
        self.assertEqual(self.shown(one.action_hub_same_number_leads()), leads[1:])
        self.assertEqual(leads.mapped("hub_same_number_count"), [1, 1, 2])
        self.assertEqual(self.shown(leads[0].action_hub_same_number()), other)

    def test_a_user_counts_only_leads_they_may_read(self):
        one = self.contact("+33655443322")
        self.env["crm.lead"].create(
            {"name": "of nobody", "phone": "+33655443322", "user_id": self.env.uid}
        )
        own = one.with_user(self.salesman_own)
        self.assertEqual(own.hub_same_number_lead_count, 0)
        self.assertEqual(one.with_user(self.hub_user).hub_same_number_lead_count, 1)

    def test_a_contact_is_found_by_number_through_an_index(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'res_partner'"
            " AND indexdef LIKE '%%(phone_sanitized)%%'"
        )
        definitions = self.env.cr.fetchall()
        self.assertTrue(definitions)
        self.assertIn("phone_sanitized IS NOT NULL", definitions[0][0])

    # === MAILINGS === #

    def mail(self, *contacts):
        """Prepare a mailing to these contacts, one at a time, and return its rows."""
        self.company.hub_country_ids = self.env.ref("base.ar") | self.env.ref("base.br")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("id", "in", [one.id for one in contacts])]),
                "body_plaintext": "Hello {{ object.id }}",
            }
        )
        mailing.action_put_in_queue()
        self.env["mailing.mailing"]._process_mass_mailing_queue()
        return self.messages(("mailing_id", "=", mailing.id))

    def test_a_mailing_reaches_a_person_with_two_spellings_once(self):
        now, before = self.contact("+5511987654321"), self.contact("+551187654321")
        # as Odoo formatted it before it knew the ninth digit
        before.phone_sanitized = before.phone
        for chunk in (1, 10):
            with self.subTest(chunk), patch.object(mailing_mailing, "CHUNK", chunk):
                rows = self.mail(now, before)
                self.assertEqual(sorted(rows.mapped("state")), ["blocked", "queued"])
                self.assertIn("duplicate", rows.mapped("reason"))

    def test_a_spelling_that_cannot_be_texted_does_not_use_up_the_other(self):
        landline = self.contact("+541123456789")
        mobile = self.contact("+5491123456789")
        for chunk in (1, 10):
            with self.subTest(chunk), patch.object(mailing_mailing, "CHUNK", chunk):
                rows = self.mail(landline, mobile).grouped("partner_id")
                self.assertEqual(rows[landline].state, "blocked")
                self.assertEqual(rows[mobile].state, "queued")

    def test_a_mailing_respects_a_refusal_in_the_other_spelling(self):
        self.env["phone.blacklist"]._add(["+541123456789"])
        rows = self.mail(self.contact("+5491123456789"))
        self.assertEqual((rows.state, rows.reason), ("blocked", "suppressed"))
