import base64
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.sms_hub_consent_finding import MILD
from ..models.sms_hub_consent_seal_examine import GUARDS
from ..tools import signing, vault
from ..tools.consent_chain import GENESIS, digest
from .common import MOBILE
from .test_consent_ledger import OTHER, ConsentCommon

_KEY = vault.Fernet.generate_key().decode()
EVENTS = "sms_hub_consent_event"
#: What stands in the ledger of the tests, number by number.
COPIED = """
    INSERT INTO sms_hub_consent_event (format, company_id, company_name, number, seq,
           prev_hash, hash, scope, action, source, proven, happened_at, recorded_at,
           actor_id, note)
    SELECT format, company_id, company_name, number, %s, prev_hash, hash, scope,
           action, source, proven, happened_at, recorded_at, actor_id, 'slipped in'
      FROM sms_hub_consent_event WHERE number = %s AND seq = %s
"""


class TamperingCommon(ConsentCommon):
    """A sealed ledger, and somebody who may do everything in the database."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hub_manager.group_ids += cls.env.ref("sms_gateway_hub.group_export")

    def fill(self, sealed=True):
        """Write five entries for one number and two for another."""
        for action in ("requested", "granted", "expired", "granted", "refused"):
            self.record(action, note=f"=cmd {action}", record_name="Camille, « C »")
        for action in ("granted", "refused"):
            self.record(action, OTHER)
        if sealed:
            self.seal()

    def seal(self):
        """Seal what was added."""
        self.env["sms.hub.consent.seal"]._seal_company(self.company.id)

    def tamper(self, *statements):
        """Change the ledger as superuser of the database, and cover the traces."""
        with self.unguarded():
            for statement, *values in statements:
                self.env.cr.execute(SQL(statement, *values))
        self.env.invalidate_all()

    @contextmanager
    def unguarded(self):
        """Switch the triggers of the ledger off, and on again."""
        models = [self.env[name] for name in GUARDS]
        switch = "ALTER TABLE %s %s TRIGGER ALL"
        for model in models:
            table = SQL.identifier(model._table)
            self.env.cr.execute(SQL(switch, table, SQL("DISABLE")))
        yield
        for model in models:
            table = SQL.identifier(model._table)
            self.env.cr.execute(SQL(switch, table, SQL("ENABLE")))
            model._enable_guard()

    def rechain(self):
        """Make all hashes anew, as if what was changed had been written so."""
        with self.unguarded():
            self._rechain()

    def _rechain(self):
        numbers = self.env["sms.hub.consent.chain"].search([]).mapped("number")
        events = self.env["sms.hub.consent.event"]
        for rows in events._texts_of(self.company, numbers).values():
            last = GENESIS
            for row in rows:
                row["prev_hash"] = last
                last = digest(row)
                self.env.cr.execute(
                    SQL(
                        "UPDATE sms_hub_consent_event SET prev_hash = %s, hash = %s"
                        " WHERE id = %s",
                        row["prev_hash"],
                        last,
                        int(row["id"]),
                    )
                )
            self.env.cr.execute(
                SQL(
                    "UPDATE sms_hub_consent_chain SET head_hash = %s WHERE number = %s",
                    last,
                    rows[0]["number"],
                )
            )

    def verify(self):
        """Verify in Odoo; return pairs of kind and sentence."""
        with mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_consent_check"):
            check = self.env["sms.hub.consent.check"]
            action = check.with_user(self.hub_manager).action_verify()
        check = check.browse(action["res_id"])
        kinds = set(check.finding_ids.mapped("kind"))
        state = "findings" if kinds - MILD else "notes" if kinds else "clean"
        self.assertEqual(check.state, state)
        return [(one.kind, one.number, one.sentence) for one in check.finding_ids]

    def export(self, **values):
        """Export as a manager; return the open archive."""
        wizard = self.env["sms.hub.consent.export"].with_user(self.hub_manager)
        wizard = wizard.create(values)
        wizard.action_export()
        return zipfile.ZipFile(io.BytesIO(base64.b64decode(wizard.archive)))

    def verify_outside(self, archive, *words):
        """Run the script that came with an export; return its status and words."""
        with tempfile.TemporaryDirectory() as folder:
            archive.extractall(folder)
            done = subprocess.run(
                [
                    sys.executable,
                    "-I",
                    Path(folder) / "verify_consent.py",
                    folder,
                    *words,
                ],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
        self.assertFalse(done.stderr)
        return done.returncode, done.stdout


def slip_in(place):
    """Let another row stand at a place, and the rest move up."""
    return (
        (
            f"UPDATE {EVENTS} SET seq = seq + 1 WHERE number = %s AND seq >= %s",
            MOBILE,
            place,
        ),
        (COPIED, place, MOBILE, 1),
    )


#: name → (statements, kind in Odoo, words of the script)
HARM = {
    "a row changed": (
        [(f"UPDATE {EVENTS} SET action = 'granted' WHERE number = %s AND seq = 5",)],
        "changed",
        "entry 5 changed",
    ),
    "a middle row deleted": (
        [(f"DELETE FROM {EVENTS} WHERE number = %s AND seq = 3",)],
        "deleted",
        "entry 3 deleted in between",
    ),
    "the last row deleted": (
        [(f"DELETE FROM {EVENTS} WHERE number = %s AND seq = 5",)],
        "cut",
        "entry 5 deleted at the end",
    ),
    "the last row deleted and the counter mended": (
        [
            (f"DELETE FROM {EVENTS} WHERE number = %s AND seq = 5",),
            (
                "UPDATE sms_hub_consent_chain SET entry_count = 4, head_hash = (SELECT"
                f" hash FROM {EVENTS} e WHERE e.number = sms_hub_consent_chain.number"
                " AND seq = 4) WHERE number = %s",
            ),
        ],
        "cut",
        "entry 5 deleted at the end",
    ),
    "one inserted": (slip_in(3), "inserted", "entry 3 inserted"),
    "one added at the end": (slip_in(6), "inserted", "entry 6 inserted"),
    "two reordered": (
        [
            (
                f"UPDATE {EVENTS} SET seq = CASE seq WHEN 2 THEN 3 ELSE 2 END"
                " WHERE number = %s AND seq IN (2, 3)",
            )
        ],
        "reordered",
        "entries reordered: 2, 3",
    ),
    "the last row moved": (
        [(f"UPDATE {EVENTS} SET seq = 9 WHERE number = %s AND seq = 5",)],
        "reordered",
        "entries reordered: 5",
    ),
    "a whole number removed": (
        [(f"DELETE FROM {EVENTS} WHERE number = %s",)],
        "removed",
        "whole number removed",
    ),
    "a whole number removed with its counter": (
        [
            (f"DELETE FROM {EVENTS} WHERE number = %s",),
            ("DELETE FROM sms_hub_consent_chain WHERE number = %s",),
            ("DELETE FROM sms_hub_consent WHERE number = %s",),
        ],
        "removed",
        "whole number removed",
    ),
}


@tagged("post_install", "-at_install")
class TestConsentTampering(TamperingCommon):
    """Whoever owns the database can change the ledger, but not unseen."""

    def test_an_untouched_ledger_is_found_whole(self):
        self.fill()
        self.record("released", scope="all")
        self.assertEqual(self.verify(), [])
        self.assertEqual(self.verify_outside(self.export()), (0, "nothing wrong\n"))
        self.assertEqual(self.verify(), [], "verifying leaves no trace in the ledger")

    def test_each_harm_is_found_and_named_inside_and_outside(self):
        self.fill()
        for name, (statements, kind, words) in HARM.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.tamper(*((one[0], *(one[1:] or (MOBILE,))) for one in statements))
                found = self.verify()
                self.assertEqual({(one[0], one[1]) for one in found}, {(kind, MOBILE)})
                status, output = self.verify_outside(self.export())
                self.assertEqual((status, output), (1, f"{MOBILE}: {words}\n"))
                savepoint.rollback()
                self.env.invalidate_all()
        self.assertEqual(self.verify(), [])

    def test_unsealed_entries_are_watched_too(self):
        self.fill(sealed=False)
        for name in ("a row changed", "a middle row deleted", "the last row deleted"):
            statements, kind, _words = HARM[name]
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.tamper(*((one[0], MOBILE) for one in statements))
                self.assertEqual([one[0] for one in self.verify()], [kind])
                self.assertEqual(self.verify_outside(self.export())[0], 1)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_the_finding_says_what_happened_where(self):
        self.fill()
        self.tamper((f"DELETE FROM {EVENTS} WHERE number = %s AND seq > 3", MOBILE))
        [(kind, number, sentence)] = self.verify()
        self.assertEqual((kind, number), ("cut", MOBILE))
        self.assertEqual(
            sentence, "The last entries were deleted: 4, 5. Seal 1 shows it."
        )

    # === BESIDE THE CHAIN === #

    def test_a_changed_state_is_found_and_can_be_mended(self):
        self.fill()
        self.env.cr.execute("UPDATE sms_hub_consent SET value = 'granted'")
        self.assertEqual({one[0] for one in self.verify()}, {"state"})
        self.env["sms.hub.consent"]._rebuild(self.company)
        self.assertEqual(self.verify(), [])

    def test_a_proof_that_is_gone_or_changed_is_found(self):
        owned = self.env["ir.attachment"].create({"name": "form.txt", "raw": b"signed"})
        event = self.record(attachment=owned)
        self.assertEqual(self.verify(), [])
        copy = event.attachment_ids
        copy.raw = b"forged"
        self.assertEqual([one[0] for one in self.verify()], ["file_changed"])
        copy.unlink()
        self.assertEqual([one[0] for one in self.verify()], ["file_missing"])

    def test_seals_cannot_be_changed_removed_or_signed_by_others(self):
        self.fill()
        self.record(number="+33611111111")
        self.seal()
        seal = f"{EVENTS[:-6]}_seal"
        for name, statement, kind, words in (
            (
                "changed",
                f"UPDATE {seal} SET sealed_at = sealed_at + interval '1 day'"
                " WHERE seq = 1",
                {"seal_changed"},
                "seal 1 changed",
            ),
            (
                "first removed",
                f"DELETE FROM {seal} WHERE seq = 1",
                {"seal_missing", "witness_lost"},
                "seal 1 missing",
            ),
            (
                "first removed with its lines",
                f"DELETE FROM {seal} WHERE seq = 1;"
                f"DELETE FROM {seal}_line WHERE seal = 1",
                {"seal_missing", "sealed", "witness_lost"},
                "seal before seal 2 missing",
            ),
            (
                "last removed",
                f"DELETE FROM {seal} WHERE seq = 2",
                {"seal_missing", "witness_lost"},
                "seal 2 missing",
            ),
            (
                "a number taken out",
                f"DELETE FROM {seal}_line WHERE number = '{OTHER}'",
                {"seal_changed", "sealed"},
                "seal 1 changed",
            ),
            (
                "another signature",
                f"UPDATE {seal} SET signature = repeat('0', 128) WHERE seq = 2",
                {"seal_changed"},
                "seal 2 changed",
            ),
        ):
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.tamper((statement,))
                self.assertEqual({one[0] for one in self.verify()}, kind)
                self.assertIn(words, self.verify_outside(self.export())[1])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_key_that_is_not_ours_signs_nothing(self):
        self.fill()
        self.env.cr.execute(
            "UPDATE sms_hub_consent_key SET public_key = repeat('0', 64)"
        )
        self.env.invalidate_all()
        self.assertEqual([one[0] for one in self.verify()], ["seal_key"])
        status, output = self.verify_outside(self.export())
        self.assertEqual(status, 1)
        self.assertIn("not signed with the key", output)

    def test_a_key_that_does_not_open_is_told_from_one_that_is_not_ours(self):
        self.fill()
        with patch.dict(os.environ, {vault.ENVIRONMENT: _KEY}):
            self.env.invalidate_all()
            [(kind, _number, sentence)] = self.verify()
        self.assertEqual(kind, "seal_closed")
        self.assertIn("does not open", sentence)

    # === EXPORT === #

    def test_a_range_verifies_by_itself(self):
        self.fill()
        now = self.env.cr.now()
        self.tamper(
            (
                f"UPDATE {EVENTS} SET recorded_at = recorded_at - interval '9 days'"
                " WHERE seq = 1",
            ),
            ("DELETE FROM sms_hub_consent_seal_line",),
            ("DELETE FROM sms_hub_consent_seal",),
        )
        self.env.cr.execute("UPDATE sms_hub_consent_chain SET sealed_count = 0")
        self.rechain()
        self.seal()
        day = (now - timedelta(days=2)).date()
        later = self.export(date_from=day)
        self.assertEqual(self.verify_outside(later), (0, "nothing wrong\n"))
        self.assertEqual(later.read("events.csv").count(b",granted,"), 2)
        earlier = self.export(date_to=day)
        self.assertEqual(self.verify_outside(earlier), (0, "nothing wrong\n"))
        self.tamper((f"DELETE FROM {EVENTS} WHERE number = %s AND seq = 3", MOBILE))
        status, output = self.verify_outside(self.export(date_from=day))
        self.assertEqual(
            (status, output), (1, f"{MOBILE}: entry 3 deleted in between\n")
        )

    def test_no_value_is_a_formula(self):
        self.record(note="=1+1", wording="@SUM(A1)\r\n+2", record_name="'quoted'")
        archive = self.export()
        text = archive.read("events.csv").decode()
        for harmless in ("'=1+1", "'@SUM(A1)\r\n+2", "''quoted'", f"'{MOBILE}"):
            self.assertIn(harmless, text)
        self.assertEqual(self.verify_outside(archive), (0, "nothing wrong\n"))

    def test_whoever_signs_with_a_key_of_their_own_is_found(self):
        self.fill()
        private, public = signing.new_pair()
        self.env.cr.execute(
            "INSERT INTO sms_hub_consent_key (public_key) VALUES (%s)", [public]
        )
        self.env.cr.execute("SELECT id, root FROM sms_hub_consent_seal")
        for seal_id, root in self.env.cr.fetchall():
            statement = (
                "UPDATE sms_hub_consent_seal SET public_key = "
                f"'{public}', signature = '{signing.sign(private, root)}' "
                f"WHERE id = {seal_id}"
            )
            self.tamper((statement,))
        self.assertIn("seal_key", {one[0] for one in self.verify()})
        status, output = self.verify_outside(self.export())
        self.assertEqual(status, 1)
        self.assertIn("not signed with the key", output)

    def test_a_key_never_changes_and_never_goes(self):
        self.fill()
        keys = self.env["sms.hub.consent.key"].search([])
        with self.assertRaises(UserError):
            keys.sudo().write({"public_key": "0" * 64})
        with self.assertRaises(UserError):
            keys.sudo().unlink()
