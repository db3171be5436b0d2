import base64
import re
from datetime import timedelta
from itertools import combinations
from unittest.mock import patch

from lxml import html

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import call_kw
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models import sms_hub_consent_check, sms_hub_consent_seal
from ..models.sms_hub_consent_words import VALUES
from .common import MOBILE
from .test_consent_ledger import OTHER, ConsentCommon


@tagged("post_install", "-at_install")
class TestConsentPeople(ConsentCommon):
    """What people see of consent on contacts and leads, and record there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scope = cls.env.ref("sms_gateway_hub.scope_marketing")
        cls.scope.write({"wording": "I want offers.", "wording_version": "7"})
        cls.other = cls.env["res.partner"].create({"name": "Dominique", "phone": OTHER})

    def ask(self, button="granted", record=None, user=None, **values):
        """Open the dialog of a button and record what a user enters."""
        record = (record or self.partner).with_user(user or self.hub_user)
        opened = (
            record.action_hub_record_consent()
            if button == "granted"
            else record.action_hub_withdraw_consent()
        )
        entries = self.env[opened["res_model"]].with_user(record.env.user)
        form = Form(entries.with_context(**opened["context"]))
        for name, value in values.items():
            form[name] = value
        form.save().action_record()
        return self.env["sms.hub.consent.event"].search([], limit=1)

    def state(self, record=None, user=None):
        """Return what a user sees on a record."""
        record = (record or self.partner).with_user(user or self.hub_user)
        record.invalidate_recordset()
        return record.hub_consent_state, record.hub_consent_hint

    # === RECORDING === #

    def test_recording_proposes_the_wording_and_shows_at_once(self):
        self.assertEqual(self.state(), ("none", False))
        event = self.ask(evidence_url="https://example.com/7", note="at the fair")
        self.assertEqual(event.wording, "I want offers.")
        self.assertEqual(event.wording_version, "7")
        self.assertEqual((event.source, event.scope), ("form", "marketing"))
        self.assertEqual(event.actor_login, "hub_user")
        self.assertEqual(event.record_name, "Camille Martin")
        about = self.env[event.res_model].browse(event.res_id)
        self.assertEqual(about, self.partner)
        state, hint = self.state()
        self.assertEqual(state, "granted")
        self.assertIn("Form, ", hint)
        self.assertEqual(self.state(self.lead), self.state(), "it is the same number")

    def test_the_wording_is_in_the_language_of_the_person(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.scope.with_context(lang="fr_FR").wording = "Je veux des offres."
        self.partner.lang = "fr_FR"
        event = self.ask()
        self.assertEqual((event.lang, event.wording), ("fr_FR", "Je veux des offres."))

    def test_a_file_proves_it(self):
        event = self.ask(wording=False, proof=base64.b64encode(b"scan"))
        self.assertEqual(self.state()[0], "granted")
        self.assertEqual(event.attachment_ids.raw, b"scan")
        self.assertTrue(event.attachment_sha256)

    def test_without_any_proof_it_is_unproven_whatever_the_wording(self):
        self.assertEqual(self.ask().wording, "I want offers.")
        self.assertEqual(self.state()[0], "unproven")

    def test_withdrawing_needs_a_reason_and_takes_one_click_more_for_everything(self):
        with self.assertRaisesRegex(UserError, "the reason"):
            self.ask("refused")
        self.ask("refused", note="told us on the phone")
        self.assertEqual(self.state()[0], "refused")
        event = self.ask("refused", record=self.other, note="angry", everything=True)
        self.assertEqual((event.scope, event.source), ("all", "agent"))
        state, hint = self.state(self.other)
        self.assertEqual(state, "refused")
        self.assertIn("All texts.", hint)

    def test_what_makes_no_sense_is_refused_in_words(self):
        later = fields.Datetime.now() + timedelta(days=1)
        nobody = self.env["res.partner"].create({"name": "No phone"})
        for words, asked in (
            ("no phone number", {"record": nobody}),
            ("lies in the future", {"happened_at": later}),
        ):
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                self.ask(**asked)
        entries = self.env["sms.hub.consent.entry"].with_user(self.hub_user)
        on_partner = {"res_model": "res.partner", "res_id": self.partner.id}
        for words, values in (
            ("Choose a topic", {"scope_id": False}),
            ("Nobody can agree to all", {"everything": True}),
            ("the reason", {"action": "refused"}),
        ):
            entry = entries.create({**on_partner, "source": "form", **values})
            with self.subTest(words), self.assertRaisesRegex(UserError, words):
                entry.action_record()
        self.assertFalse(self.env["sms.hub.consent.event"].search([]))

    # === RIGHTS === #

    def test_only_who_may_change_the_record_speaks_for_it(self):
        others_lead = self.env["crm.lead"].create(
            {"name": "Not yours", "phone": MOBILE, "user_id": self.hub_manager.id}
        )
        entries = self.env["sms.hub.consent.entry"].with_user(self.salesman_own)
        entry = entries.create(
            {"res_model": "crm.lead", "res_id": others_lead.id, "source": "form"}
        )
        with self.assertRaises(AccessError):
            entry.action_record()
        internal = self._new_user("internal", "base.group_user")
        with self.assertRaises(AccessError):
            entries.with_user(internal).create(
                {"res_model": "res.partner", "res_id": 1, "source": "form"}
            )
        self.assertFalse(self.env["sms.hub.consent.event"].search([]))

    def test_no_dialog_speaks_for_another_kind_of_record(self):
        entries = self.env["sms.hub.consent.entry"].with_user(self.hub_user)
        for model in ("res.users", "no.such.model"):
            with self.subTest(model), self.assertRaisesRegex(UserError, "no consent"):
                entries.create(
                    {"res_model": model, "res_id": 1, "source": "form"}
                ).action_record()

    def test_nobody_claims_a_reply_or_an_operator_as_the_source(self):
        entries = self.env["sms.hub.consent.entry"].with_user(self.hub_user)
        for source in ("keyword", "page", "provider", "system"):
            with self.subTest(source), self.assertRaises(ValueError):
                entries.create(
                    {
                        "res_model": "res.partner",
                        "res_id": self.partner.id,
                        "source": source,
                    }
                )

    def test_only_a_manager_takes_a_refusal_back(self):
        self.ask("refused", note="no", everything=True)
        back = {"action": "released", "everything": True, "note": "asked for texts"}
        with self.assertRaisesRegex(AccessError, "manager"):
            self.ask(**back)
        self.assertEqual(self.state()[0], "refused")
        self.hub_manager.group_ids += self.env.ref("base.group_partner_manager")
        self.ask(user=self.hub_manager, **back)
        self.assertEqual(self.state()[0], "none")

    # === SEARCHING === #

    def test_contacts_and_leads_are_found_by_their_consent(self):
        people = self.env["res.partner"].with_user(self.hub_user)
        leads = self.env["crm.lead"].with_user(self.hub_user)
        both = self.partner | self.other
        mine = [("id", "in", both.ids)]

        def found(value):
            return people.search([*mine, ("hub_consent_state", "in", [value])])

        self.assertEqual(found("none"), both)
        self.record()
        self.record("refused", OTHER, scope="all")
        self.assertEqual(found("granted"), self.partner)
        self.assertEqual(found("refused"), self.other)
        self.assertFalse(found("none"))
        self.assertEqual(
            leads.search(
                [("hub_consent_state", "=", "granted"), ("id", "=", self.lead.id)]
            ),
            self.lead,
        )
        for value in ("granted", "refused", "none", "pending", "unproven", "expired"):
            with self.subTest(value):
                shown = both.filtered(lambda one, v=value: one.hub_consent_state == v)
                self.assertEqual(found(value), shown, "a search finds what is shown")

    def test_a_search_names_no_contacts_however_many_there_are(self):
        people = self.env["res.partner"]
        listed = people.create({"name": "Listed", "phone": "+33698000001"})
        self.env["phone.blacklist"].sudo().create({"number": "+33698000001"})
        self.record()
        wanted = [[code] for code, _label in VALUES] + [["none", "granted"]]
        domains = [
            [("hub_consent_state", operator, values)]
            for operator in ("in", "not in")
            for values in wanted
        ]
        for rule in ("required", "unless_refused"):
            self.company.hub_marketing_consent = rule
            for domain in [*domains, [("hub_may_market", "=", True)]]:
                with self.subTest(f"{domain}, {rule}"):
                    self.env.flush_all()
                    with self.assertQueryCount(0):
                        query = people._search(domain)
                    code = query.select().code
                    self.assertIn("sms_hub_consent", code)
                    given = repr(query.select().params)
                    self.assertNotIn(str(listed.id), re.findall(r"\d+", given))
                    self.assertNotRegex(given, r"\+33")

    def test_states_are_found_together_and_the_other_way_round(self):
        people = self.env["res.partner"]
        brazil = people.create({"name": "Brazil", "phone": "+55 11 8765-4321"})
        brazil.phone_sanitized = "+551187654321"
        nobody = people.create({"name": "Without"})
        listed = people.create({"name": "Listed", "phone": "+33698000001"})
        fresh = people.create({"name": "Fresh", "phone": "+33698000002"})
        everybody = self.partner | self.other | brazil | nobody | listed | fresh
        self.env["phone.blacklist"].sudo().create({"number": "+33698000001"})
        self.record()
        self.record("refused", OTHER)
        self.record(number="+5511987654321", scope="all", evidence_url="")
        self.assertEqual(brazil.hub_consent_state, "unproven")
        shown = {one: one.hub_consent_state for one in everybody}
        self.assertEqual(
            set(shown.values()), {"granted", "refused", "unproven", "none", False}
        )
        codes = [code for code, _label in VALUES] + [False]
        for size in (1, 2, 6):
            for values in combinations(codes, size):
                expected = everybody.filtered(lambda one, v=values: shown[one] in v)
                domain = [("id", "in", everybody.ids)]
                state = "hub_consent_state"
                with self.subTest(values):
                    found = people.search([*domain, (state, "in", values)])
                    self.assertEqual(found, expected.sorted())
                    left = people.search([*domain, (state, "not in", values)])
                    self.assertEqual(left, (everybody - expected).sorted())

    def test_a_blacklisted_number_shows_as_refused(self):
        self.env["phone.blacklist"].sudo().create({"number": MOBILE})
        self.assertEqual(self.state()[0], "refused")
        people = self.env["res.partner"]
        refused = people.search([("hub_consent_state", "=", "refused")])
        self.assertIn(self.partner, refused)
        self.assertNotIn(self.partner, people.search([("hub_may_market", "=", True)]))

    def test_who_may_get_marketing_depends_on_the_companys_rule(self):
        people = self.env["res.partner"]
        third = people.create({"name": "US, unproven", "phone": "+14155550132"})
        mine = [("id", "in", (self.partner | self.other | third).ids)]
        may = [*mine, ("hub_may_market", "=", True)]
        self.assertEqual(people.search(may), people.search(mine))
        self.record("refused", OTHER)
        self.assertEqual(people.search(may), self.partner | third)
        self.company.hub_marketing_consent = "required"
        self.assertFalse(people.search(may))
        self.record(evidence_url="")
        self.record(number="+14155550132", evidence_url="")
        self.assertEqual(people.search(may), self.partner, "there a proof is needed")
        self.assertTrue(self.partner.hub_may_market)
        self.assertFalse(self.other.hub_may_market)

    def test_another_companys_consent_is_not_shown(self):
        other = self._new_company("Other Company")
        self.record(company=other)
        self.assertEqual(self.state(), ("none", False))

    def test_a_page_of_contacts_asks_once(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "phone": f"+3369800{n:04}"} for n in range(40)]
        )
        people.mapped("phone_sanitized_blacklisted")
        with self.assertQueryCount(1):
            people.mapped("hub_consent_state")

    # === EVIDENCE === #

    def test_the_evidence_is_one_click_away(self):
        self.ask(note="<b>at the fair</b>")
        self.record("refused", scope="all", source="keyword", message_uuid="f" * 32)
        self.env["sms.hub.consent.seal"]._seal_company(self.company.id)
        manager = self.partner.with_user(self.hub_manager)
        action = manager.action_hub_evidence()
        self.assertEqual(action["report_name"], "sms_gateway_hub.report_consent")
        text = self._evidence(action)
        for words in (
            "This record is intact.",
            MOBILE,
            "I want offers.",
            "(English (US))",
            "<b>at the fair</b>",
            self.hub_user.name,
            "Reply by Text",
            "the signature is right",
        ):
            self.assertIn(words, text)
        for event in self.env["sms.hub.consent.event"].search([]):
            self.assertIn(event.hash, text)
        consent = self.env["sms.hub.consent"].search([], limit=1)
        again = consent.with_user(self.hub_manager).action_evidence()
        self.assertEqual(again["context"], action["context"])

    def test_the_evidence_says_when_it_does_not_hold(self):
        self.record()
        self.record("refused")
        self.env.cr.execute(
            "ALTER TABLE sms_hub_consent_event DISABLE TRIGGER ALL;"
            "DELETE FROM sms_hub_consent_event WHERE seq = 2"
        )
        self.env.invalidate_all()
        action = self.partner.with_user(self.hub_manager).action_hub_evidence()
        text = self._evidence(action)
        self.assertIn("This record is not intact.", text)
        self.assertIn("The last entries were deleted: 2.", text)

    def test_the_evidence_is_for_managers_and_needs_something_to_show(self):
        with self.assertRaisesRegex(UserError, "No consent and no refusal"):
            self.partner.with_user(self.hub_manager).action_hub_evidence()
        self.record()
        with self.assertRaisesRegex(AccessError, "by managers"):
            self.partner.with_user(self.hub_user).action_hub_evidence()

    def _evidence(self, action):
        """Return the words of the document behind an action."""
        reports = self.env["ir.actions.report"].with_user(self.hub_manager)
        content, _kind = reports._render_qweb_html(
            action["report_name"], action["context"]["active_ids"]
        )
        return " ".join(html.fromstring(content).text_content().split())


@tagged("post_install", "-at_install")
class TestConsentWatch(ConsentCommon):
    """Seals, verifications and exports: who may, and what happens by itself."""

    def test_everything_is_sealed_and_verified_by_itself(self):
        self.record()
        seals = self.env["sms.hub.consent.seal"]
        checks = self.env["sms.hub.consent.check"]
        with patch.object(sms_hub_consent_seal, "_logger") as logger:
            seals._seal_all()
        seal = seals.search([("company_id", "=", self.company.id)])
        self.assertEqual((seal.seq, seal.line_count), (1, 1))
        said = str(logger.info.call_args)
        self.assertIn(seal.root, said, "a witness out of the database")
        self.assertNotIn(MOBILE, said)
        seals._seal_all()
        self.assertEqual(len(seals.search([("company_id", "=", self.company.id)])), 1)
        checks._run()
        check = checks.search([("company_id", "=", self.company.id)])
        self.assertEqual((check.state, check.event_count), ("clean", 1))
        checks._run()
        self.assertEqual(len(checks.search([("company_id", "=", self.company.id)])), 1)

    def test_a_long_ledger_is_verified_in_slices(self):
        for turn in range(5):
            self.record(number=f"+3369800000{turn}")
        checks = self.env["sms.hub.consent.check"]
        self.patch(sms_hub_consent_check, "_NUMBERS", 2)
        check = checks._start(self.company)
        check._go_on(0)
        self.assertEqual((check.state, check.number_count), ("running", 2))
        checks._run()
        self.assertEqual((check.state, check.number_count), ("clean", 5))

    def test_managers_are_called_when_something_is_wrong(self):
        self.record()
        self.env.cr.execute(
            "ALTER TABLE sms_hub_consent_event DISABLE TRIGGER ALL;"
            "UPDATE sms_hub_consent_event SET action = 'refused'"
        )
        self.env.invalidate_all()
        logger = "odoo.addons.sms_gateway_hub.models.sms_hub_consent_check"
        with self.assertLogs(logger, "ERROR") as logged:
            self.env["sms.hub.consent.check"]._run()
        self.assertNotIn(MOBILE, "".join(logged.output))
        check = self.env["sms.hub.consent.check"].search([], limit=1)
        self.assertEqual(check.state, "findings")
        self.assertIn(self.hub_manager, check.activity_ids.user_id)
        self.assertNotIn(self.hub_user, check.activity_ids.user_id)

    def test_a_new_key_signs_from_now_on_and_old_seals_stay_valid(self):
        admin = self._new_user("hub_admin", "sms_gateway_hub.group_administrator")
        seals, keys = self.env["sms.hub.consent.seal"], self.env["sms.hub.consent.key"]
        self.record()
        seals._seal_company(self.company.id)
        with self.assertRaises(AccessError):
            keys.with_user(self.hub_manager).action_new_key()
        call_kw(keys.with_user(admin), "action_new_key", [[]], {})
        self.record("refused")
        seals._seal_company(self.company.id)
        used = seals.search([("company_id", "=", self.company.id)]).mapped("public_key")
        self.assertEqual(len(set(used)), 2)
        self.assertEqual(keys.search([]).filtered("in_use").public_key, used[0])
        check = self.env["sms.hub.consent.check"]._start(self.company)
        check._go_on(0)
        check._go_on(0)
        self.assertEqual(check.state, "clean")
        with self.assertRaises(AccessError):
            keys.with_user(self.hub_manager).search([]).read(["private_key_encrypted"])

    def test_without_the_secret_nothing_is_signed_and_somebody_learns_of_it(self):
        self.record()
        keys = self.env["sms.hub.consent.key"]
        keys._new_key()
        self.env.cr.execute(
            "UPDATE sms_hub_consent_key SET private_key_encrypted = 'not a token'"
        )
        self.env.invalidate_all()
        seals = self.env["sms.hub.consent.seal"]
        with self.assertLogs("odoo.addons.sms_gateway_hub", "ERROR") as logged:
            seals._seal_all()
        self.assertIn("not sealed", logged.output[0])
        with self.assertRaisesRegex(UserError, "another one"):
            seals.with_user(self.hub_manager).action_seal()
        self.assertFalse(seals.search([("company_id", "=", self.company.id)]))

    def test_seals_are_written_once_too(self):
        self.record()
        seals = self.env["sms.hub.consent.seal"]
        seals._seal_company(self.company.id)
        for model in ("sms.hub.consent.seal", "sms.hub.consent.seal.line"):
            row = self.env[model].search([], limit=1)
            with self.subTest(model):
                with self.assertRaises(UserError):
                    row.sudo().unlink()
                with (
                    mute_logger("odoo.sql_db"),
                    self.assertRaisesRegex(Exception, "never change"),
                    self.env.cr.savepoint(),
                ):
                    self.env.cr.execute(f"DELETE FROM {row._table}")

    def test_only_managers_with_the_right_export(self):
        self.record()
        exports = self.env["sms.hub.consent.export"]
        manager = exports.with_user(self.hub_manager)
        with self.assertRaisesRegex(AccessError, "Export SMS logs"):
            manager.create({}).action_export()
        self.hub_user.group_ids += self.env.ref("sms_gateway_hub.group_export")
        with self.assertRaises(AccessError):
            exports.with_user(self.hub_user).create({})
        self.hub_manager.group_ids += self.env.ref("sms_gateway_hub.group_export")
        with self.assertRaisesRegex(ValidationError, "ends before it begins"):
            manager.create({"date_from": "2026-02-01", "date_to": "2026-01-01"})
        elsewhere = self._new_company("Other Company")
        with self.assertRaises(AccessError):
            manager.create({"company_id": elsewhere.id}).action_export()
        export = manager.create({})
        export.action_export()
        self.assertEqual(export.event_count, 1)
        self.assertTrue(fields.Date.to_date(export.archive_name[8:18]))

    def test_the_buttons_of_the_lists_are_for_managers(self):
        for model, method in (
            ("sms.hub.consent.check", "action_verify"),
            ("sms.hub.consent", "action_rebuild"),
            ("sms.hub.consent.seal", "action_seal"),
        ):
            with self.subTest(method):
                # as the web client calls a button that needs no selected row
                with self.assertRaises(AccessError):
                    call_kw(self.env[model].with_user(self.hub_user), method, [[]], {})
                called = self.env[model].with_user(self.hub_manager)
                self.assertIn("type", call_kw(called, method, [[]], {}))
