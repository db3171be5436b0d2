import json
import stat
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools import witness
from .common import MOBILE
from .test_consent_ledger import OTHER
from .test_consent_tampering import EVENTS, TamperingCommon

SEALS, LINES = f"{EVENTS[:-6]}_seal", f"{EVENTS[:-6]}_seal_line"
WITNESS = "odoo.addons.sms_gateway_hub.models.sms_hub_consent_witness"


@tagged("post_install", "-at_install")
class TestConsentWitness(TamperingCommon):
    """A file outside of the database knows the seals that somebody deletes in it."""

    group = "sms_gateway_hub.group_administrator"

    def setUp(self):
        super().setUp()
        self.record(number=OTHER)
        self.seal()
        self.path = self.env["sms.hub.consent.witness"]._path()

    def lines(self):
        """Return the lines of the file."""
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def kinds(self):
        """Verify; return what was found."""
        return [kind for kind, _number, _sentence in self.verify()]

    def second_seal(self):
        """Seal another number."""
        self.record("refused")
        self.seal()

    def forget_second(self):
        """Delete all that ever was of the second seal."""
        self.tamper(
            (f"DELETE FROM {LINES} WHERE seal = 2",),
            (f"DELETE FROM {SEALS} WHERE seq = 2",),
            *(
                (f"DELETE FROM {table} WHERE number = %s", MOBILE)
                for table in (EVENTS, "sms_hub_consent_chain", "sms_hub_consent")
            ),
        )

    def acknowledge(self, reason="Restored the backup of Monday", user=None):
        """Acknowledge the last verification as an administrator."""
        check = self.env["sms.hub.consent.check"].search([], limit=1)
        wizard = self.env["sms.hub.consent.acknowledge"].with_user(user or self.admin())
        wizard = wizard.create({"check_id": check.id, "reason": reason})
        with mute_logger(WITNESS):
            wizard.action_acknowledge()
        return check

    def admin(self):
        """Return an administrator of the hub."""
        return self._new_user("hub_admin", self.group)

    # === NOTING === #

    def test_each_seal_is_noted_once_in_a_file_of_its_owner(self):
        self.second_seal()
        self.env["sms.hub.consent.seal"]._seal_all()
        seals = self.env["sms.hub.consent.seal"].search(
            [("company_id", "=", self.company.id)], order="seq"
        )
        self.assertEqual(
            [(one["what"], one["seal"], one["root"]) for one in self.lines()],
            [("seal", seal.seq, seal.root) for seal in seals],
        )
        self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), 0o600)
        self.assertEqual(self.verify(), [])

    def test_a_failed_write_stops_no_seal_and_the_next_run_mends_it(self):
        with (
            patch.object(witness, "append", side_effect=OSError("disk full")),
            self.assertLogs(WITNESS, "ERROR") as logged,
        ):
            self.second_seal()
        self.assertIn("disk full", logged.output[0])
        self.assertEqual([one["seal"] for one in self.lines()], [1])
        self.assertEqual(self.verify(), [], "it may be on its way")
        with patch(f"{WITNESS}._NOTED_WITHIN", timedelta(hours=-1)):
            self.assertEqual(self.kinds(), ["witness_behind"])
        self.env["sms.hub.consent.seal"]._seal_all()
        self.assertEqual([one["seal"] for one in self.lines()], [1, 2])

    def test_a_write_that_broke_off_costs_no_later_line(self):
        with self.path.open("a") as file:
            file.write('{"company": 1, "se')
        self.second_seal()
        noted, damaged = witness.read(self.path)
        self.assertEqual(set(noted[self.company.id].roots), {1, 2})
        self.assertTrue(damaged)
        self.assertEqual(self.kinds(), ["witness_damaged"])
        self.acknowledge("Power was cut")
        self.assertEqual(self.verify(), [])

    # === COMPARING === #

    def test_whoever_deletes_the_last_seal_with_all_it_sealed_is_found(self):
        self.second_seal()
        self.forget_second()
        [(kind, number, sentence)] = self.verify()
        self.assertEqual((kind, number), ("witness_lost", False))
        self.assertIn("knows seal 2", sentence)
        self.assertIn("older backup", sentence)

    def test_whoever_seals_anew_is_found(self):
        self.second_seal()
        self.forget_second()
        self.record(number="+33611111111")
        self.seal()
        self.assertEqual(self.kinds(), ["witness_other"])
        self.assertEqual(len(self.lines()), 2, "what was noted stays")

    def test_whoever_deletes_everything_is_found_by_the_scheduled_action(self):
        self.tamper(
            *(
                (f"DELETE FROM {table}",)
                for table in (
                    LINES,
                    SEALS,
                    EVENTS,
                    "sms_hub_consent_chain",
                    "sms_hub_consent",
                )
            )
        )
        checks = self.env["sms.hub.consent.check"]
        with mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_consent_check"):
            checks._run()
        check = checks.search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(check.finding_ids.mapped("kind"), ["witness_lost"])
        self.assertIn(self.hub_manager, check.activity_ids.user_id)

    def test_the_script_of_an_export_compares_too(self):
        words = ("--witness", self.path)
        self.second_seal()
        whole, today = self.export(), self.env.cr.now().date()
        later = self.export(date_from=today + timedelta(days=2))
        earlier = self.export(date_to=today - timedelta(days=2))
        for archive in (whole, later, earlier):
            found = self.verify_outside(archive, *words)
            self.assertEqual(found, (0, "nothing wrong\n"))
        self.forget_second()
        self.assertEqual(self.verify_outside(self.export()), (0, "nothing wrong\n"))
        self.assertEqual(
            self.verify_outside(self.export(), *words),
            (1, "seal 2 missing: the witness knows it\n"),
        )
        self.record(number="+33611111111")
        self.seal()
        for archive in (
            self.export(),
            self.export(date_from=today + timedelta(days=2)),
        ):
            self.assertEqual(
                self.verify_outside(archive, *words),
                (1, "seal 2 is not the one that the witness knows\n"),
            )
        self.verify()
        self.acknowledge("Disk broke")
        status, output = self.verify_outside(self.export(), *words)
        self.assertEqual(status, 0)
        self.assertRegex(output, "from seal 2 on, hub_admin.* Disk broke")
        with self.path.open("a") as file:
            file.write("junk\n")
        self.assertEqual(self.verify_outside(self.export(), *words)[0], 1)

    # === ACKNOWLEDGING === #

    def test_a_restored_backup_is_acknowledged_with_a_reason_that_stays(self):
        self.second_seal()
        self.forget_second()
        self.assertEqual(self.kinds(), ["witness_lost"])
        check = self.acknowledge("  Restored the backup of Monday ")
        self.assertIn("backup of Monday", check.message_ids[0].body)
        line = self.lines()[-1]
        self.assertEqual(
            (line["what"], line["seal"], line["reason"]),
            ("acknowledged", 2, "Restored the backup of Monday"),
        )
        self.assertIn("hub_admin", line["by"])
        self.assertEqual(self.verify(), [])
        self.second_seal()
        self.assertEqual(self.verify(), [])
        self.forget_second()
        self.assertEqual(self.kinds(), ["witness_lost"], "it holds for the past only")

    def test_new_seals_are_noted_once_they_are_acknowledged(self):
        self.second_seal()
        self.forget_second()
        self.record(number="+33611111111")
        self.seal()
        self.assertEqual(self.kinds(), ["witness_other"])
        self.acknowledge()
        self.assertEqual(self.verify(), [])
        whats = [one["what"] for one in self.lines()]
        self.assertEqual(whats, ["seal", "seal", "acknowledged", "seal"])

    def test_only_administrators_acknowledge_and_only_with_a_reason(self):
        self.verify()
        with self.assertRaises(AccessError):
            self.acknowledge(user=self.hub_manager)
        with self.assertRaisesRegex(UserError, "Say what happened"):
            self.acknowledge("  ")
        self.assertEqual([one["what"] for one in self.lines()], ["seal"])

    def test_nobody_acknowledges_what_they_have_not_read(self):
        self.second_seal()
        self.assertEqual(self.kinds(), [])
        with self.assertRaisesRegex(UserError, "Verify again"):
            self.acknowledge()
        self.forget_second()
        self.kinds()
        self.tamper((f"DELETE FROM {SEALS}",))
        with self.assertRaisesRegex(UserError, "Verify again"):
            self.acknowledge(user=self._new_user("hub_boss", self.group))
        self.assertEqual([one["what"] for one in self.lines()], ["seal", "seal"])

    # === WHOSE FILE === #

    def test_a_copy_keeps_a_file_of_its_own(self):
        """With another identity, as Odoo makes copies, or another name."""
        self.env["ir.config_parameter"].set_param("database.uuid", "copy/../of us")
        witnesses = self.env["sms.hub.consent.witness"]
        self.assertNotEqual(witnesses._path(), self.path)
        self.assertEqual(witnesses._path().parent, self.path.parent)
        before = self.path.read_text()
        self.assertEqual(self.kinds(), ["witness_none"])
        self.second_seal()
        self.assertEqual(self.path.read_text(), before)
        self.assertEqual(self.kinds(), ["witness_late"])
        self.acknowledge("A copy for training")
        self.assertEqual(self.verify(), [])
        names = {
            witness.path_of(*who)
            for who in (("a", "1"), ("a@b", "1"), ("a", "b@1"), ("b", "1"))
        }
        self.assertEqual(len(names), 4)

    def test_a_file_that_is_gone_is_a_note_and_not_silence(self):
        self.path.unlink()
        check = self.env["sms.hub.consent.check"]._start(self.company)
        check._go_on(0)
        check._go_on(0)
        self.assertEqual(check.finding_ids.mapped("kind"), ["witness_none"])
        self.assertEqual(check.state, "notes")
        self.assertIn("witness file", check.activity_ids[:1].summary)

    def test_a_new_identity_hides_nothing(self):
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.tamper((f"DELETE FROM {LINES}",), (f"DELETE FROM {SEALS}",))
        self.assertIn("witness_none", self.kinds())
        self.env.cr.execute("UPDATE sms_hub_consent_chain SET sealed_count = 0")
        self.seal()
        self.assertEqual(self.kinds(), ["witness_late"])

    def test_a_file_that_cannot_be_read_stops_no_verification(self):
        self.path.unlink()
        self.path.mkdir()
        self.assertEqual(self.kinds(), ["witness_none"])
        with self.assertLogs(WITNESS, "ERROR"):
            self.second_seal()
        self.assertEqual(self.kinds(), ["witness_none"])
