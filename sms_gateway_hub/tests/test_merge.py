from odoo.tests import tagged

from .common import MOBILE, HubCommon

_OTHER_NUMBER = "+33698765432"


@tagged("post_install", "-at_install")
class TestMerge(HubCommon):
    """The history stands where its record went."""

    def text(self, record, **asked):
        """Queue a text about a record."""
        return self.enqueue(res_model=record._name, res_id=record.id, **asked)

    def history(self, record):
        """Return what the stat button of a record opens."""
        action = record.action_hub_history()
        return self.env["sms.hub.message"].search(action["domain"])

    # === MERGING === #

    def test_merged_contacts_share_one_history(self):
        twin = self.partner.copy({"name": "Camille M."})
        about_twin = self.text(twin, partner_id=twin.id)
        about_lead = self.text(self.lead, partner_id=twin.id)
        about_partner = self.text(self.partner, partner_id=self.partner.id)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | twin).ids, self.partner)
        self.assertFalse(twin.exists())
        self.assertEqual(about_twin.res_id, self.partner.id)
        everything = about_twin | about_lead | about_partner
        self.assertEqual(everything.partner_id, self.partner)
        self.assertEqual(self.history(self.partner), everything)
        self.assertEqual(set(everything.mapped("state")), {"queued"}, "nothing is lost")

    def test_merged_leads_share_one_history(self):
        other = self.env["crm.lead"].create(
            {"name": "The same kitchen", "phone": MOBILE, "type": "opportunity"}
        )
        self.lead.type = "opportunity"
        texts = self.text(self.lead) | self.text(other)
        merged = (self.lead | other).merge_opportunity(auto_unlink=True)
        self.assertEqual(len((self.lead | other).exists()), 1)
        self.assertEqual(self.history(merged), texts)
        self.assertEqual(set(texts.mapped("state")), {"queued"})

    def test_other_merges_touch_no_message(self):
        bank, other = self.env["res.partner.bank"].create(
            [
                {"acc_number": f"FR76 {turn}", "partner_id": self.partner.id}
                for turn in range(2)
            ]
        )
        text = self.enqueue(res_model="res.partner", res_id=other.id)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._update_reference_fields_generic("res.partner.bank", other, bank)
        self.assertEqual(text.res_id, other.id)

    # === CONVERTING === #

    def test_a_converted_lead_brings_its_history_to_the_new_customer(self):
        lead = self.env["crm.lead"].create(
            {
                "name": "New",
                "contact_name": "Dominique",
                "phone": _OTHER_NUMBER,
                "type": "lead",
            }
        )
        sent = self.text(lead, number=_OTHER_NUMBER)
        received = self.reply(_OTHER_NUMBER, "Hello")
        self.assertFalse((sent | received).partner_id)
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            )
            .create({"name": "convert", "action": "create"})
        )
        wizard.action_apply()
        self.assertEqual(lead.type, "opportunity")
        customer = lead.partner_id
        self.assertTrue(customer)
        for record in (lead, customer):
            self.assertEqual(self.history(record), sent | received)

    def test_another_customer_does_not_take_what_was_sent_to_the_first(self):
        text = self.text(self.lead, partner_id=self.partner.id)
        self.lead.partner_id = self.env["res.partner"].create({"name": "Next"})
        self.assertEqual(text.partner_id, self.partner)

    # === ARCHIVING AND DELETING === #

    def test_archiving_changes_nothing(self):
        text = self.text(self.lead)
        self.lead.action_archive()
        self.assertEqual(text.state, "queued")
        self.assertEqual(self.history(self.lead), text)

    def test_a_deleted_lead_leaves_its_history_with_the_customer(self):
        waiting = self.text(self.lead, partner_id=self.partner.id, key="once")
        sent = self.text(self.lead, partner_id=self.partner.id)
        self.env.cr.execute(
            "UPDATE sms_hub_message SET state = 'accepted' WHERE id = %s", [sent.id]
        )
        sent.invalidate_recordset()
        self.lead.unlink()
        self.assertEqual(
            (waiting.state, waiting.reason), ("cancelled", "record_deleted")
        )
        self.assertTrue(waiting.explanation)
        self.assertEqual(sent.state, "accepted")
        self.assertEqual(self.history(self.partner), waiting | sent)
        self.assertFalse(self.env["sms.hub.key"].sudo().search([("key", "=", "once")]))

    def test_a_deleted_contact_leaves_its_history_in_the_ledger(self):
        contact = self.partner.copy({"name": "Short-lived"})
        waiting = self.text(contact, partner_id=contact.id)
        contact.unlink()
        self.assertEqual(
            (waiting.state, waiting.reason), ("cancelled", "record_deleted")
        )
        self.assertFalse(waiting.partner_id)
        self.assertEqual(waiting.number, MOBILE)

    def test_any_deleted_record_cancels_what_waits_for_it(self):
        event = self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": "2026-12-01 10:00:00",
                "stop": "2026-12-01 11:00:00",
            }
        )
        reminder = self.text(event, partner_id=self.partner.id)
        event.unlink()
        self.assertEqual(reminder.reason, "record_deleted")
        self.assertEqual(reminder._get_record(), self.partner)
