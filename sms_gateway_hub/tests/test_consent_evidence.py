from lxml import html

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MOBILE
from .test_consent_tampering import EVENTS, TamperingCommon

SEAL = "sms_hub_consent_seal"


@tagged("post_install", "-at_install")
class TestConsentEvidence(TamperingCommon):
    """The printed record of a number claims nothing that does not hold."""

    def print_evidence(self):
        """Return the words of the printed record."""
        action = self.partner.with_user(self.hub_manager).action_hub_evidence()
        reports = self.env["ir.actions.report"].with_user(self.hub_manager)
        content, _kind = reports._render_qweb_html(
            action["report_name"], action["context"]["active_ids"]
        )
        return " ".join(html.fromstring(content).text_content().split())

    def test_a_seal_is_right_only_if_all_of_it_is(self):
        self.fill()
        intact = self.print_evidence()
        self.assertIn("This record is intact.", intact)
        self.assertIn("the signature is right.", intact)
        for name, statement, words in (
            (
                "its time",
                f"UPDATE {SEAL} SET sealed_at = sealed_at + interval '1 minute'",
                "Seal 1, or what it covers, was changed",
            ),
            (
                "another number that it covers",
                f"UPDATE {SEAL}_line SET entry_count = 1 WHERE number <> '{MOBILE}'",
                "Seal 1, or what it covers, was changed",
            ),
            (
                "the known keys",
                "UPDATE sms_hub_consent_key SET public_key = repeat('0', 64)",
                "a key that is not one of ours",
            ),
        ):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.tamper((statement,))
                text = self.print_evidence()
                self.assertIn("This record is not intact.", text)
                self.assertIn(words, text)
                self.assertIn("this seal does not hold.", text)
                self.assertNotIn("the signature is right.", text)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_seals_over_others_do_not_matter(self):
        self.fill()
        self.record(number="+33611111111")
        self.seal()
        self.tamper((f"UPDATE {SEAL} SET signature = repeat('0', 128) WHERE seq = 2",))
        self.assertIn("This record is intact.", self.print_evidence())

    def test_a_record_that_was_removed_is_not_one_that_never_was(self):
        self.fill()
        self.record("released", scope="all")
        self.tamper(("DELETE FROM sms_hub_consent_chain WHERE number = %s", MOBILE))
        with self.assertRaisesRegex(UserError, "Seal 1 shows that it had 5 entries"):
            self.print_evidence()
        self.tamper((f"DELETE FROM {EVENTS} WHERE number = %s", MOBILE))
        with self.assertRaisesRegex(UserError, "was removed from the database"):
            self.print_evidence()
        self.tamper((f"DELETE FROM {SEAL}_line",))
        with self.assertRaisesRegex(UserError, "No consent and no refusal"):
            self.print_evidence()
        self.record()
        self.tamper(("DELETE FROM sms_hub_consent_chain WHERE number = %s", MOBILE))
        with self.assertRaisesRegex(UserError, "counter of its entries is gone"):
            self.print_evidence()

    def test_a_company_with_a_ledger_stays(self):
        company = self._new_company("Recorded")
        self.env["sms.hub.consent"]._record(
            [
                {
                    "company": company,
                    "number": MOBILE,
                    "scope": "marketing",
                    "action": "granted",
                    "source": "form",
                }
            ]
        )
        with self.assertRaisesRegex(UserError, "Recorded cannot be deleted"):
            company.unlink()
