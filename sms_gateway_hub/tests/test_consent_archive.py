from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import MOBILE
from .test_consent_tampering import EVENTS, TamperingCommon


@tagged("post_install", "-at_install")
class TestConsentArchive(TamperingCommon):
    """An archive verifies by itself, whatever the database made of it."""

    def test_a_counter_of_millions_is_named_and_not_counted_up(self):
        self.fill()
        self.env.cr.execute(
            "UPDATE sms_hub_consent_chain SET entry_count = 2000000000"
            " WHERE number = %s",
            [MOBILE],
        )
        words = f"{MOBILE}: counter wrong: there are no entries 6 to 2000000000\n"
        self.assertEqual(self.verify_outside(self.export()), (1, words))

    def test_a_place_of_millions_is_named_and_not_counted_up(self):
        self.fill()
        self.tamper(
            (
                f"UPDATE {EVENTS} SET seq = 2000000000, note = 'x'"
                " WHERE number = %s AND seq = 5",
                MOBILE,
            )
        )
        words = f"{MOBILE}: entry 2000000000 inserted\n"
        words += f"{MOBILE}: entry 5 deleted at the end\n"
        self.assertEqual(self.verify_outside(self.export()), (1, words))

    def test_a_row_of_any_length_is_read(self):
        self.company.name = "x" * 200_000
        self.record()
        self.assertEqual(self.verify_outside(self.export()), (0, "nothing wrong\n"))

    def test_texts_that_are_too_long_prove_nothing_but_refuse(self):
        self.partner.name = "x" * 20_000
        event = self.record("refused", note="y" * 20_000)
        self.assertEqual((len(event.note), len(event.record_name)), (10_000, 10_000))
        with self.assertRaisesRegex(UserError, "10000 characters at most"):
            self.record(wording="y" * 10_001)

    def test_a_range_tells_the_seal_that_it_continues(self):
        self.fill()
        seal = self.env["sms.hub.consent.seal"].search([])
        self.tamper(
            (
                "UPDATE sms_hub_consent_seal SET sealed_at = %s - interval '9 days'",
                seal.sealed_at,
            )
        )
        self.record(number="+33611111111")
        self.seal()
        self.tamper(("UPDATE sms_hub_consent_seal SET prev_root = 'x' WHERE seq = 2",))
        day = self.env.cr.now().date()
        archive = self.export(date_from=day, date_to=day)
        span = archive.read("range.csv").decode().splitlines()
        self.assertEqual(span[0], "begin,end,seal_before,root_before,company_id")
        ours = self.company.id
        self.assertTrue(span[1].endswith(f",1,{seal.root},{ours}"), span[1])
        self.assertIn("seal before seal 2 missing", self.verify_outside(archive)[1])
        whole = self.export().read("range.csv").decode().splitlines()
        self.assertEqual(whole[1], f",,0,{'0' * 64},{ours}")
