from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from ..models import sms_hub_consent_seal
from ..tools import consent_clock
from .common import MOBILE
from .test_consent_ledger import OTHER
from .test_consent_tampering import EVENTS, TamperingCommon

THIRD = "+33611111111"


@tagged("post_install", "-at_install")
class TestConsentTimes(TamperingCommon):
    """Nobody chooses unseen when an entry was recorded, be its hash as it should."""

    def misdate(self, number, **shift):
        """Append an entry whose hash is right, recorded at another time than now."""
        event = self.record("granted", number)
        moment = event.recorded_at + timedelta(**shift)
        self.tamper(
            (f"UPDATE {EVENTS} SET recorded_at = %s WHERE id = %s", moment, event.id)
        )
        self.rechain()
        return event

    def assert_misdated(self, number, places):
        """Both verifications find that, and nothing else."""
        [(kind, found, sentence)] = self.verify()
        self.assertEqual((kind, found), ("misdated", number))
        self.assertIn(f"show: {', '.join(map(str, places))}.", sentence)
        lines = [f"{number}: entry {at} not recorded when it says\n" for at in places]
        self.assertEqual(self.verify_outside(self.export()), (1, "".join(lines)))

    def test_times_never_go_back_within_a_chain(self):
        self.fill()
        self.misdate(MOBILE, days=-1)
        self.assert_misdated(MOBILE, [6])
        self.seal()
        self.assert_misdated(MOBILE, [6])

    def test_a_new_chain_is_not_older_than_the_seal_before_it(self):
        self.fill()
        self.misdate(THIRD, days=-1)
        self.assertEqual(self.verify(), [], "what no seal covers, no seal dates")
        self.seal()
        self.assert_misdated(THIRD, [1])

    def test_nothing_is_newer_than_the_seal_over_it(self):
        self.fill()
        self.misdate(OTHER, days=2)
        self.seal()
        self.assert_misdated(OTHER, [3])

    def test_a_transaction_may_end_after_the_seal(self):
        self.fill()
        self.misdate(THIRD, minutes=-40)
        self.seal()
        self.assertEqual(self.verify(), [])
        self.assertEqual(self.verify_outside(self.export())[0], 0)

    def test_a_full_seal_dates_nothing_that_it_left_to_the_next(self):
        self.patch(sms_hub_consent_seal, "SEAL_LINES", 1)
        self.fill(sealed=False)
        self.env.cr.execute(
            SQL("ALTER TABLE %s DISABLE TRIGGER ALL", SQL.identifier(EVENTS))
        )
        self.env.cr.execute(
            f"UPDATE {EVENTS} SET recorded_at = recorded_at - interval '9 days'"
        )
        self.rechain()
        self.seal()
        self.assertEqual(len(self.env["sms.hub.consent.seal"].search([])), 2)
        self.assertEqual([one[0] for one in self.verify()], ["misdated"])
        self.patch(consent_clock, "SEAL_LINES", 1)
        self.assertEqual(self.verify(), [])
