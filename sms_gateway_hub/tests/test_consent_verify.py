import itertools
from datetime import timedelta

from psycopg2 import errors

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MOBILE
from .test_consent_ledger import OTHER
from .test_consent_tampering import EVENTS, TamperingCommon

CHAINS, STATES = "sms_hub_consent_chain", "sms_hub_consent"
CHECKS = "odoo.addons.sms_gateway_hub.models.sms_hub_consent_check"
#: A state that follows from nothing.
FORGED = """
    INSERT INTO sms_hub_consent (company_id, number, spellings, scope, value, since,
           source) VALUES (%s, %s, %s, 'marketing', 'granted', now(), 'form')
"""


@tagged("post_install", "-at_install")
class TestConsentVerify(TamperingCommon):
    """What stands beside the chains is verified as well, for every company."""

    def kinds(self):
        """Verify; return pairs of kind and number."""
        return {(kind, number) for kind, number, _sentence in self.verify()}

    def test_a_forged_state_without_entries_is_found(self):
        new = "+33611111111"
        self.env.cr.execute(FORGED, [self.company.id, new, new])
        self.assertEqual(self.kinds(), {("state", new)})

    def test_whatever_changes_in_a_state_is_found(self):
        self.fill()
        for change in (
            "value = 'granted'",
            "since = since - interval '1 year'",
            "source = 'contract'",
            "spellings = '+33600000000'",
            "scope = 'all'",
        ):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                self.tamper((f"UPDATE {STATES} SET {change} WHERE number = %s", MOBILE))
                self.assertEqual(self.kinds(), {("state", MOBILE)})
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(self.verify(), [])

    def test_a_junk_state_is_refused_by_the_database_and_stops_no_verification(self):
        self.fill()
        junk = f"UPDATE {STATES} SET value = 'junk' WHERE number = %s"
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(junk, [MOBILE])
        self.tamper(
            (f"ALTER TABLE {STATES} DROP CONSTRAINT {STATES}_known_value",),
            (junk, MOBILE),
        )
        self.assertEqual(self.kinds(), {("state", MOBILE)})

    def test_an_absurd_counter_stops_no_verification(self):
        self.fill()
        self.tamper(
            (f"UPDATE {CHAINS} SET entry_count = 2000000000 WHERE number = %s", MOBILE),
            (f"UPDATE {EVENTS} SET note = 'x' WHERE number = %s AND seq = 1", OTHER),
        )
        self.assertEqual(self.kinds(), {("counter", MOBILE), ("changed", OTHER)})

    def test_a_number_cut_out_of_seals_is_found(self):
        self.fill()
        self.record("granted")
        self.seal()
        self.tamper(
            (f"DELETE FROM {EVENTS[:-6]}_seal_line WHERE seal = 2",),
            (f"DELETE FROM {EVENTS[:-6]}_seal WHERE seq = 2",),
        )
        self.assertEqual(self.kinds(), {("sealed", MOBILE), ("witness_lost", False)})

    def test_triggers_that_are_off_gone_or_bent_are_found(self):
        self.fill()
        kinds = {
            EVENTS: "guard_event",
            f"{EVENTS[:-6]}_seal": "guard_seal",
            f"{EVENTS[:-6]}_seal_line": "guard_line",
        }
        harm = (
            "ALTER TABLE {0} DISABLE TRIGGER {0}_guard_row",
            "ALTER TABLE {0} DISABLE TRIGGER ALL",
            "ALTER TABLE {0} ENABLE TRIGGER {0}_guard_row",
            "DROP TRIGGER {0}_guard_table ON {0}",
            "DROP TRIGGER {0}_guard_row ON {0}; CREATE TRIGGER {0}_guard_row BEFORE"
            " UPDATE OR DELETE ON {0} FOR EACH ROW WHEN (false)"
            " EXECUTE FUNCTION sms_hub_consent_guard(); ALTER TABLE {0}"
            " ENABLE ALWAYS TRIGGER {0}_guard_row",
            "DROP TRIGGER {0}_guard_row ON {0}; CREATE TRIGGER {0}_guard_row BEFORE"
            " DELETE ON {0} FOR EACH ROW EXECUTE FUNCTION sms_hub_consent_guard();"
            " ALTER TABLE {0} ENABLE ALWAYS TRIGGER {0}_guard_row",
        )
        for (table, kind), statement in itertools.product(kinds.items(), harm):
            with (
                self.subTest(statement.format(table)),
                self.env.cr.savepoint() as savepoint,
            ):
                self.env.cr.execute(statement.format(table))
                [(found, _number, sentence)] = self.verify()
                self.assertEqual(found, kind)
                self.assertIn(f"table {table}.", sentence)
                savepoint.rollback()
                self.env.invalidate_all()
        self.env.cr.execute(
            "CREATE OR REPLACE FUNCTION sms_hub_consent_guard() RETURNS trigger AS"
            " 'BEGIN RETURN NEW; END' LANGUAGE plpgsql"
        )
        self.assertEqual({kind for kind, _number in self.kinds()}, {*kinds.values()})

    def test_what_is_kept_from_being_sealed_is_found(self):
        self.fill(sealed=False)
        self.assertEqual(self.verify(), [], "it is too early to say")
        self.tamper(
            (f"UPDATE {EVENTS} SET recorded_at = recorded_at - interval '3 days'",),
            (f"UPDATE {CHAINS} SET sealed_count = 9 WHERE number = %s", OTHER),
        )
        self.rechain()
        self.seal()
        self.assertEqual(self.kinds(), {("sealed", OTHER), ("unsealed", OTHER)})

    def test_a_refusal_that_is_not_on_the_blacklist_is_found(self):
        self.record("refused", scope="all")
        self.assertEqual(self.verify(), [])
        self.tamper(("DELETE FROM phone_blacklist WHERE number = %s", MOBILE))
        self.assertEqual(self.kinds(), {("blacklist", MOBILE)})

    def test_whoever_is_taken_off_the_blacklist_is_not_texted_elsewhere(self):
        other = self._new_company("Other Company")
        self.record("refused", scope="all", company=other)
        self.env.cr.execute("DELETE FROM phone_blacklist WHERE number = %s", [MOBILE])
        gate = self.env["sms.hub.gate"]
        self.assertEqual(gate._suppressed([MOBILE, OTHER]), {MOBILE})
        self.record("released", scope="all", company=other)
        self.assertEqual(gate._suppressed([MOBILE, OTHER]), set())

    # === THE SCHEDULED ACTION === #

    def run_scheduled(self):
        """Run the scheduled verification; return what is wrong at this company."""
        checks = self.env["sms.hub.consent.check"]
        with mute_logger(CHECKS):
            checks._run()
        check = checks.search([("company_id", "=", self.company.id)], limit=1)
        return check and (check.state, check.finding_ids.mapped("kind"))

    def test_a_company_whose_chains_are_gone_is_still_verified(self):
        self.fill()
        self.tamper((f"DELETE FROM {CHAINS}",))
        self.assertEqual(self.run_scheduled(), ("findings", ["counter", "counter"]))

    def test_a_company_is_verified_once_a_day(self):
        self.fill()
        self.assertEqual(self.run_scheduled(), ("clean", []))
        checks = self.env["sms.hub.consent.check"]
        ours = [("company_id", "=", self.company.id)]
        self.run_scheduled()
        self.assertEqual(checks.search_count(ours), 1)
        checks.search(ours).started_at -= timedelta(days=1)
        self.run_scheduled()
        self.assertEqual(checks.search_count(ours), 2)

    def test_what_cannot_be_read_is_a_finding_and_stops_no_other_company(self):
        other = self._new_company("Other Company")
        self.record()
        self.record(company=other)
        chain = type(self.env["sms.hub.consent.chain"])
        examine = chain._examine

        def broken(chains, company, numbers):
            if company == self.company:
                raise OverflowError("a date out of range")
            return examine(chains, company, numbers)

        self.patch(chain, "_examine", broken)
        self.assertEqual(self.run_scheduled(), ("findings", ["unreadable"]))
        check = self.env["sms.hub.consent.check"].search(
            [("company_id", "=", other.id)]
        )
        self.assertEqual(check.state, "clean")
