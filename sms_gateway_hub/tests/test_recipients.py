from unittest.mock import patch

from odoo.tests import tagged

from .common import MOBILE, MOBILE_NATIONAL, HubCommon


@tagged("post_install", "-at_install")
class TestRecipients(HubCommon):
    """Looking recipients up quickly gives the answers that core gives slowly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        phones = (
            MOBILE,
            "+33 6 12 34 56 79",
            "+33 (0)6 12 34 56 80",
            "0033612345681",
            MOBILE_NATIONAL,
            "+1 (202) 555-0143",
            "+33612",
            "not a number",
            "+33612345682 / +33612345683",
            False,
        )
        cls.people = cls.env["res.partner"].create(
            [
                {"name": f"Person {turn}", "phone": phone, "country_id": cls.france.id}
                for turn, phone in enumerate(phones)
            ]
        )

    def _composer(self, records, **values):
        return self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": records._name,
                "res_ids": repr(records.ids),
                "body": "Hello",
                **values,
            }
        )

    # === NUMBERS === #

    def _check_equal(self, records, **values):
        composer = self._composer(records, **values)
        found = composer._prepare_recipient_values(records)
        force_field = composer.number_field_name
        self.assertEqual(found, records._sms_get_recipients_info(force_field))

    def test_every_way_to_write_a_number_is_answered_as_core_does(self):
        self._check_equal(self.people)
        self._check_equal(self.people, number_field_name="phone")

    def test_leads_with_and_without_a_customer_are_answered_as_core_does(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "Own number", "phone": "+33612345690"},
                {"name": "Customer's", "partner_id": self.people[1].id, "phone": False},
                {"name": "Both", "partner_id": self.people[2].id, "phone": MOBILE},
                {"name": "None"},
            ]
        )
        self._check_equal(leads)

    def test_a_stored_form_of_another_number_is_not_believed(self):
        person = self.people[0]
        person.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET phone_sanitized = '+33699999999' WHERE id = %s",
            [person.id],
        )
        person.invalidate_recordset()
        found = self._composer(person)._prepare_recipient_values(person)
        self.assertEqual(found[person.id]["sanitized"], MOBILE)

    def test_numbers_that_are_stored_as_they_are_texted_are_not_parsed_again(self):
        known = self.people[:2]
        partners = self.env.registry["res.partner"]
        with patch.object(partners, "_phone_format_number") as parse:
            self._composer(known)._prepare_recipient_values(known)
        parse.assert_not_called()

    # === WHO GETS NOTHING === #

    def test_a_blacklisted_number_is_found_without_reading_the_list(self):
        blacklist = self.env["phone.blacklist"].sudo()
        blacklist._add([MOBILE, "+33688888888"])
        composer = self._composer(self.people, use_exclusion_list=True)
        found = composer._prepare_recipient_values(self.people)
        with patch.object(
            self.env.registry["phone.blacklist"], "search", side_effect=AssertionError
        ):
            ids = composer._get_blacklist_record_ids(self.people, found)
        self.assertEqual(ids, (self.people[0] | self.people[4]).ids)
        composer.use_exclusion_list = False
        self.assertEqual(composer._get_blacklist_record_ids(self.people, found), [])

    def test_only_recipients_are_named_among_those_who_left_a_list(self):
        mailing_list = self.env["mailing.list"].create({"name": "News"})
        contacts = self.env["mailing.contact"].create(
            [
                {
                    "name": f"Reader {turn}",
                    "mobile": f"+3361234570{turn}",
                    "subscription_ids": [
                        (0, 0, {"list_id": mailing_list.id, "opt_out": turn < 4})
                    ],
                }
                for turn in range(6)
            ]
        )
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                "contact_list_ids": [(6, 0, mailing_list.ids)],
                "body_plaintext": "News",
            }
        )
        some = contacts[2:5]
        composer = self._composer(some, mailing_id=mailing.id)
        left = composer._get_optout_record_ids(some, {})
        self.assertEqual(set(left), set(contacts[2:4].ids))
