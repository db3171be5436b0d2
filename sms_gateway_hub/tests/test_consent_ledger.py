import tempfile
from datetime import timedelta
from pathlib import Path

from psycopg2 import errors

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..policy.consent import Consent
from ..tools import witness
from ..tools.consent_chain import FIELDS, GENESIS, digest
from .common import MOBILE, HubCommon

OTHER = "+33698765432"


class ConsentCommon(HubCommon):
    """Steps of tests about the ledger, whose witness file is each test's own."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.witness_folder = Path(folder.name)
        self.patch(witness, "folder", lambda: self.witness_folder)

    def record(self, action="granted", number=MOBILE, **said):
        """Append one entry and return it."""
        entry = {
            "company": self.company,
            "number": number,
            "scope": "marketing",
            "action": action,
            "source": "form",
            "wording": "I agree",
            "evidence_url": "https://example.com/form/7",
            **said,
        }
        return self.env["sms.hub.consent"]._record([entry])

    def states(self, number=MOBILE, company=None):
        """Return the values of a number's scopes."""
        found = self.env["sms.hub.consent"]._states(company or self.company, [number])
        return {
            scope: state.value
            for states in found.values()
            for scope, state in states.items()
        }


@tagged("post_install", "-at_install")
class TestConsentLedger(ConsentCommon):
    """Entries are chained, complete, and there for ever."""

    # === APPENDING === #

    def test_entries_of_a_number_are_chained(self):
        first, second = self.record(), self.record("refused")
        other = self.record(number=OTHER)
        self.assertEqual((first | second).mapped("seq"), [1, 2])
        self.assertEqual(first.prev_hash, GENESIS)
        self.assertEqual(second.prev_hash, first.hash)
        self.assertEqual(other.prev_hash, GENESIS, "each number has its own chain")
        chain = self.env["sms.hub.consent.chain"].search([("number", "=", MOBILE)])
        self.assertEqual((chain.entry_count, chain.head_hash), (2, second.hash))

    def test_one_call_may_append_to_a_number_twice(self):
        entry = {
            "company": self.company,
            "number": MOBILE,
            "scope": "marketing",
            "source": "verbal",
        }
        events = self.env["sms.hub.consent"]._record(
            [{**entry, "action": "requested"}, {**entry, "action": "granted"}]
        )
        self.assertEqual(events.mapped("seq"), [1, 2])
        self.assertEqual(events[1].prev_hash, events[0].hash)

    def test_the_hash_covers_what_is_stored(self):
        event = self.record(
            wording="J’accepte\r\nles offres « printemps »\t\x00",
            note="=1+1",
            res_model="res.partner",
            res_id=self.partner.id,
            record_name=self.partner.name,
            happened_at="2026-03-01 09:30:15",
        )
        self.env.invalidate_all()
        chains = event._texts_of(self.company, [MOBILE])
        [texts] = chains[MOBILE]
        self.assertEqual(digest(texts), event.hash)
        self.assertEqual(texts["happened_at"], "2026-03-01 09:30:15")
        self.assertEqual(texts["wording"], "J’accepte\r\nles offres « printemps »\t")
        self.assertEqual(set(texts), {*FIELDS, "hash", "id"})

    def test_who_recorded_it_is_noted_by_the_server(self):
        before = self.env.cr.now() - timedelta(minutes=1)
        consents = self.env["sms.hub.consent"].with_user(self.hub_user)
        event = consents._record(
            [
                {
                    "company": self.company,
                    "number": MOBILE,
                    "scope": "marketing",
                    "action": "granted",
                    "source": "verbal",
                    "actor_name": "Somebody else",
                    "recorded_at": "2001-01-01",
                }
            ]
        )
        self.assertEqual(event.actor_login, "hub_user")
        self.assertEqual(event.actor_name, self.hub_user.name)
        self.assertGreater(event.recorded_at, before)

    def test_two_spellings_are_one_person(self):
        event = self.record(number="+5215512345678")
        self.assertEqual(event.given_number, "+5215512345678")
        self.assertEqual(event.number, "+525512345678")
        for spelling in ("+5215512345678", "+525512345678"):
            self.assertEqual(self.states(spelling), {"marketing": Consent.GRANTED})

    def test_a_file_is_kept_with_its_hash_when_its_owner_deletes_it(self):
        owned = self.env["ir.attachment"].create({"name": "form.txt", "raw": b"signed"})
        event = self.record(attachment=owned)
        owned.unlink()
        self.assertEqual(event.attachment_ids.raw, b"signed")
        self.assertEqual(event.attachment_name, "form.txt")
        self.assertEqual(len(event.attachment_sha256), 64)

    def test_whoever_has_the_number_is_named(self):
        elsewhere = self._new_company("Other Company")
        self.partner.copy({"name": "Later twin"})
        self.env["res.partner"].create(
            {"name": "Not ours", "phone": OTHER, "company_id": elsewhere.id}
        )
        self.assertEqual(self.record().record_name, "Camille Martin")
        self.assertEqual(self.record(record_name="Told so").record_name, "Told so")
        self.assertFalse(self.record(number=OTHER).record_name)
        other = self.record(number=OTHER, company=elsewhere)
        self.assertEqual(other.record_name, "Not ours")
        state = self.env["sms.hub.consent"].search(
            [("number", "=", MOBILE), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(state.record_name, "Told so")

    def test_nonsense_is_refused(self):
        for wrong in (
            {"number": "06 12 34 56 78"},
            {"number": None},
            {"action": "maybe"},
            {"source": "dream"},
            {"scope": "nothing"},
        ):
            with self.subTest(wrong), self.assertRaises(ValueError):
                self.record(**{"action": "granted", **wrong})
        self.assertFalse(self.env["sms.hub.consent.event"].search([]))

    # === FOR EVER === #

    def test_no_way_of_odoo_changes_an_entry(self):
        event = self.record()
        for name, change in {
            "write": lambda: event.write({"note": "x"}),
            "sudo write": lambda: event.sudo().write({"note": "x"}),
            "assign": lambda: setattr(event, "note", "x"),
            "unlink": lambda: event.sudo().unlink(),
            "create": lambda: event.sudo().create({"number": MOBILE}),
            "copy": lambda: event.sudo().copy(),
        }.items():
            with self.subTest(name), self.assertRaises(UserError):
                change()
        self.assertFalse(event.note)

    def test_sql_cannot_change_an_entry_either(self):
        event = self.record()
        for statement in (
            SQL("UPDATE sms_hub_consent_event SET note = 'x' WHERE id = %s", event.id),
            SQL("DELETE FROM sms_hub_consent_event WHERE id = %s", event.id),
            SQL("TRUNCATE sms_hub_consent_event"),
            SQL("TRUNCATE sms_hub_consent_event CASCADE"),
        ):
            with (
                self.subTest(statement.code),
                mute_logger("odoo.sql_db"),
                self.assertRaises(errors.RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)
        self.assertTrue(event.exists())

    def test_a_replication_role_does_not_switch_the_guard_off(self):
        event = self.record()
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(
                SQL("DELETE FROM sms_hub_consent_event WHERE id = %s", event.id)
            )

    def test_people_and_users_can_be_deleted_and_their_consent_stays(self):
        user = self._new_user("leaving", "sms_gateway_hub.group_user")
        event = (
            self.env["sms.hub.consent"]
            .with_user(user)
            ._record(
                [
                    {
                        "company": self.company,
                        "number": MOBILE,
                        "scope": "all",
                        "action": "refused",
                        "source": "agent",
                        "res_model": "res.partner",
                        "res_id": self.partner.id,
                        "record_name": self.partner.name,
                    }
                ]
            )
        )
        name = user.name
        self.lead.unlink()
        user.unlink()
        self.partner.unlink()
        self.env.invalidate_all()
        self.assertEqual(event.actor_name, name)
        self.assertEqual(event.record_name, "Camille Martin")
        self.assertEqual(self.states(), {"all": Consent.REFUSED})

    def test_states_and_counters_are_written_by_what_appends_only(self):
        self.record()
        state = self.env["sms.hub.consent"].search([("number", "=", MOBILE)])
        chain = self.env["sms.hub.consent.chain"].search([("number", "=", MOBILE)])
        attempts = {
            "state written": lambda: state.sudo().write({"value": "refused"}),
            "state assigned": lambda: state.sudo().update({"value": "refused"}),
            "state deleted": lambda: state.sudo().unlink(),
            "state copied": lambda: state.sudo().copy({"scope": "all"}),
            "chain written": lambda: chain.sudo().write({"entry_count": 0}),
            "chain deleted": lambda: chain.sudo().unlink(),
            "chain copied": lambda: chain.sudo().copy({"number": "+33611111111"}),
        }
        for name, attempt in attempts.items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "cannot be entered, changed"),
            ):
                attempt()
        self.assertEqual(self.states(), {"marketing": Consent.GRANTED})
        self.assertEqual(chain.entry_count, 1)

    # === RIGHTS === #

    def test_only_managers_read_the_ledger_and_nobody_writes(self):
        self.record()
        for model in ("sms.hub.consent", "sms.hub.consent.event"):
            records = self.env[model].search([])
            self.assertTrue(records.with_user(self.hub_manager).has_access("read"))
            for user in (self.hub_user, self.salesman_own):
                with self.subTest(model=model, user=user.login):
                    self.assertFalse(records.with_user(user).has_access("read"))
            for operation in ("create", "write", "unlink"):
                for user in (self.hub_manager, self.env.ref("base.user_admin")):
                    self.assertFalse(records.with_user(user).has_access(operation))
        with self.assertRaises(UserError):
            self.env["sms.hub.consent"].with_user(self.hub_manager).create(
                {"number": MOBILE, "value": "granted"}
            )

    def test_each_company_has_its_own_ledger(self):
        other = self._new_company("Other Company")
        self.record()
        self.record("refused", company=other)
        self.assertEqual(self.states(), {"marketing": Consent.GRANTED})
        self.assertEqual(self.states(company=other), {"marketing": Consent.REFUSED})
        seen = self.env["sms.hub.consent.event"].with_user(self.hub_manager).search([])
        self.assertEqual(seen.company_id, self.company)
        chains = self.env["sms.hub.consent.chain"].search([("number", "=", MOBILE)])
        self.assertEqual(chains.mapped("entry_count"), [1, 1])

    def test_a_company_with_consent_cannot_be_deleted(self):
        other = self._new_company("Other Company")
        self.record(company=other)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(errors.ForeignKeyViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(SQL("DELETE FROM res_company WHERE id = %s", other.id))


@tagged("post_install", "-at_install")
class TestConsentStates(ConsentCommon):
    """The state of a number follows from its entries."""

    def test_each_step_has_its_state(self):
        cases = {
            "nothing": ((), {}),
            "agreed": (("granted",), {"marketing": Consent.GRANTED}),
            "asked": (("requested",), {"marketing": Consent.PENDING}),
            "confirmed": (("requested", "granted"), {"marketing": Consent.GRANTED}),
            "asked again": (("granted", "requested"), {"marketing": Consent.GRANTED}),
            "no": (("granted", "refused"), {"marketing": Consent.REFUSED}),
            "asked after no": (
                ("refused", "requested"),
                {"marketing": Consent.REFUSED},
            ),
            "yes after no": (("refused", "granted"), {"marketing": Consent.GRANTED}),
            "unused": (("granted", "expired"), {"marketing": Consent.EXPIRED}),
            "never answered": (
                ("requested", "expired"),
                {"marketing": Consent.EXPIRED},
            ),
            "a no never expires": (
                ("refused", "expired"),
                {"marketing": Consent.REFUSED},
            ),
            "lifted": (("refused", "released"), {"marketing": Consent.NONE}),
            "nothing to lift": (
                ("granted", "released"),
                {"marketing": Consent.GRANTED},
            ),
        }
        start = fields.Datetime.now() - timedelta(days=1)
        for turn, (name, (actions, expected)) in enumerate(cases.items()):
            number = f"+336980000{turn:02}"
            for hour, action in enumerate(actions):
                self.record(action, number, happened_at=start + timedelta(hours=hour))
            with self.subTest(name):
                self.assertEqual(self.states(number), expected)

    def test_consent_without_any_proof_is_unproven(self):
        self.record(evidence_url="", source="import")
        self.assertEqual(self.states(), {"marketing": Consent.UNPROVEN})
        self.record(wording="")
        self.assertEqual(self.states(), {"marketing": Consent.GRANTED})

    def test_refusing_everything_ends_every_consent_for_good(self):
        self.record()
        self.record("refused", scope="transactional")
        self.record("refused", scope="all")
        self.assertEqual(
            self.states(),
            {
                "all": Consent.REFUSED,
                "marketing": Consent.NONE,
                "transactional": Consent.REFUSED,
            },
        )
        self.record("released", scope="all")
        self.assertEqual(self.states()["all"], Consent.NONE)
        self.assertEqual(self.states()["marketing"], Consent.NONE)

    def test_the_states_can_be_made_anew(self):
        other = self._new_company("Other Company")
        self.record(company=other)
        for number in (MOBILE, OTHER):
            self.record(number=number, record_name="Camille")
            self.record("refused", number, scope="all")
        consents = self.env["sms.hub.consent"]
        names = ["company_id", "number", "spellings", "scope", "value", "since"]
        before = consents.search([], order="company_id, number, scope").read(
            names, load=None
        )
        self.env.cr.execute("UPDATE sms_hub_consent SET value = 'granted'")
        consents._rebuild(self.company)
        after = consents.search([], order="company_id, number, scope").read(
            names, load=None
        )
        for row in (*before, *after):
            del row["id"]
        self.assertEqual(after, before)

    def test_many_states_take_one_query(self):
        numbers = [f"+3369800{turn:04}" for turn in range(200)]
        for number in numbers[:20]:
            self.record(number=number)
        consents = self.env["sms.hub.consent"]
        with self.assertQueryCount(1):
            found = consents._states(self.company, numbers)
        self.assertEqual(len(found), 20)
        with self.assertQueryCount(0):
            self.assertEqual(consents._states(self.company, [None, ""]), {})

    # === TOPICS === #

    def test_a_topics_code_never_changes(self):
        topic = self.env["sms.hub.scope"].create({"name": "Shoes", "code": "shoes"})
        self.record(scope="shoes")
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            topic.code = "boots"
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            topic.unlink()
        with self.assertRaisesRegex(UserError, "stands for every text"):
            self.env["sms.hub.scope"].create({"name": "All", "code": "all"})
        with self.assertRaisesRegex(UserError, "its purpose cannot be changed"):
            topic.purpose = "transactional"
        topic.write({"name": "Boots", "code": "shoes", "active": False})
        self.assertEqual(
            self.env["sms.hub.consent"].search([("scope", "=", "shoes")]).scope_name,
            "Boots",
        )

    def test_an_entry_keeps_what_the_topic_was_called_and_for(self):
        values = {"name": "Shoes", "code": "shoes", "purpose": "transactional"}
        topic = self.env["sms.hub.scope"].create(values)
        topic.purpose = "marketing"
        event = self.record(scope="shoes")
        everything = self.record("refused", scope="all")
        topic.name = "Boots and everything else"
        self.env.invalidate_all()
        self.assertEqual((event.scope_name, event.purpose), ("Shoes", "marketing"))
        self.assertEqual(everything.scope_name, "All texts")
        self.assertFalse(everything.purpose)
        events = self.env["sms.hub.consent.event"]
        [texts, _last] = events._texts_of(self.company, [MOBILE])[MOBILE]
        self.assertEqual(
            (texts["scope_name"], texts["purpose"]), ("Shoes", "marketing")
        )
        self.assertEqual(digest(texts), event.hash)
