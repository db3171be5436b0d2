import base64
from contextlib import suppress
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_open

from ..policy.consent import Consent
from ..tools.consent_list import MAX_LINES, read_lines
from ..wizards import sms_hub_consent_import
from .common import MOBILE, MOBILE_NATIONAL, HubCommon

OTHER = "+33611111111"


@tagged("post_install", "-at_install")
class TestConsentImport(HubCommon):
    def wizard(self, text, **values):
        return (
            self.env["sms.hub.consent.import"]
            .with_user(self.hub_manager)
            .create(
                {
                    "file": base64.b64encode(text.encode()),
                    "file_name": "list.csv",
                    **values,
                }
            )
        )

    def check(self, text, **values):
        wizard = self.wizard(text, **values)
        wizard.action_check()
        return wizard

    def run_import(self, text, **values):
        wizard = self.check(text, **values)
        wizard.action_import()
        return wizard

    def counts(self, wizard):
        return wizard.ready_count, wizard.known_count, wizard.problem_count

    def state(self, scope="marketing", number=MOBILE):
        states = self.env["sms.hub.consent"]._states(self.company, [number])
        return states.get(number, {}).get(scope)

    def entries(self):
        return self.env["sms.hub.consent.event"].sudo().search([], order="id")

    # === WHAT IS RECORDED === #

    def test_nothing_is_recorded_before_it_is_confirmed(self):
        wizard = self.check(f"Phone\n{MOBILE}\n")
        self.assertEqual(self.counts(wizard), (1, 0, 0))
        self.assertFalse(self.entries())
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        self.assertEqual(len(self.entries()), 1)

    def test_a_full_line_becomes_a_full_entry(self):
        self.run_import(
            "Phone,Consent,Topic,Date,Wording,Source,Proof,Country,Language\n"
            f"{MOBILE_NATIONAL},Yes,Offers and news,2025-12-31,I agree,Fair,"
            "https://example.com/1.pdf,fr,en_US\n"
        )
        entry = self.entries()
        self.assertEqual(
            (entry.number, entry.scope, entry.action, entry.source, entry.proven),
            (MOBILE, "marketing", "granted", "import", True),
        )
        self.assertEqual(
            (entry.wording, entry.evidence_url, entry.lang, entry.happened_at),
            (
                "I agree",
                "https://example.com/1.pdf",
                "en_US",
                fields.Datetime.to_datetime("2025-12-31"),
            ),
        )
        self.assertIn("Fair", entry.note)
        self.assertEqual(entry.actor_login, "hub_manager")

    def test_without_a_proof_it_is_unproven_whatever_the_wording(self):
        wizard = self.run_import(f"Phone,Wording\n{MOBILE},I agree\n")
        self.assertEqual(wizard.unproven_count, 1)
        self.assertEqual(self.state().value, Consent.UNPROVEN)

    def test_a_refusal_of_everything_reaches_the_blacklist(self):
        waiting = self.enqueue()
        self.run_import(f"Phone,Consent,Topic\n'{MOBILE},No,All texts\n")
        self.assertEqual(self.state("all").value, Consent.REFUSED)
        self.assertTrue(self.env["phone.blacklist"].search([("number", "=", MOBILE)]))
        self.assertEqual(waiting.reason, "cancelled_by_stop")

    def test_what_the_columns_leave_open_is_asked_once(self):
        self.run_import(
            f"Phone\n{MOBILE_NATIONAL}\n",
            action="refused",
            scope_id=self.env.ref("sms_gateway_hub.scope_transactional").id,
        )
        self.assertEqual(self.state("transactional").value, Consent.REFUSED)

    def test_nobody_on_a_list_is_asked_for_a_yes(self):
        self.company.hub_double_opt_in = True
        self.run_import(f"Phone\n{MOBILE}\n")
        self.assertEqual(self.state().value, Consent.UNPROVEN)
        self.assertFalse(self.messages())

    def test_a_day_is_the_day_of_whoever_made_the_list(self):
        self.hub_manager.tz = "America/New_York"
        self.run_import(
            f"Phone,Date\n{MOBILE},2025-12-31\n{OTHER},2025-12-31T10:00:00+05:30\n"
        )
        self.assertEqual(
            self.entries().mapped(lambda one: str(one.happened_at)),
            ["2025-12-31 05:00:00", "2025-12-31 04:30:00"],
        )

    # === AGAIN === #

    def test_the_same_file_again_changes_nothing(self):
        text = (
            "Phone,Consent,Date,Proof\n"
            f"{MOBILE},Yes,2025-12-31,https://example.com\n{OTHER},No,,\n"
        )
        self.run_import(text)
        again = self.check(text)
        self.assertEqual(self.counts(again), (0, 2, 0))
        again.action_import()
        self.assertEqual(len(self.entries()), 2)

    def test_a_proof_that_comes_later_is_taken(self):
        self.run_import(f"Phone\n{MOBILE}\n")
        self.run_import(f"Phone,Proof\n{MOBILE},https://example.com/1\n")
        self.assertEqual(self.state().value, Consent.GRANTED)

    def test_what_the_person_said_since_counts_more(self):
        self.reply(MOBILE, "STOP")
        self.env["sms.hub.choice"]._refuse(
            self.company, OTHER, ["marketing"], source="page"
        )
        wizard = self.check(f"Phone,Date\n{MOBILE},\n{OTHER},2020-01-01\n")
        self.assertEqual(self.counts(wizard), (0, 0, 2))
        today = fields.Date.to_string(fields.Date.today())
        for problem in wizard.problem_ids:
            self.assertIn(f"refused on {today}", problem.problem)

    def test_an_old_refusal_does_not_undo_a_later_yes(self):
        self.run_import(f"Phone,Date\n{MOBILE},2025-06-01\n")
        old = self.check(f"Phone,Consent,Date\n{MOBILE},No,2025-01-01\n")
        self.assertEqual(self.counts(old), (0, 0, 1))
        self.run_import(f"Phone,Consent\n{MOBILE},No\n")
        self.assertEqual(self.state().value, Consent.REFUSED, "no date: the safe side")

    # === LINES THAT ARE WRONG === #

    def test_each_wrong_line_says_what_to_do_and_the_others_are_recorded(self):
        future = fields.Date.to_string(fields.Date.add(fields.Date.today(), days=3))
        cases = {
            ",yes,,,,": "no phone number",
            "12,yes,,,,": "cannot be a phone number",
            "+33612345670 / +33612345671,yes,,,,": "line of its own",
            "+33612345672,perhaps,,,,": "write Yes or No",
            "+33612345673,yes,Weather,,,": "no topic",
            "+33612345674,yes,All texts,,,": "name the topic",
            "+33612345675,yes,,soon,,": "not a date",
            f"+33612345676,yes,,{future},,": "future",
            "+33612345677,yes,,,javascript:1,": "https://",
            "+33612345678,yes,,,https://[::1,": "https://",
            "+33612345670,yes,,,,Atlantis": "no country",
        }
        text = "Phone,Consent,Topic,Date,Proof,Country\n" + "\n".join(cases)
        wizard = self.run_import(f"{text}\n{MOBILE},yes,,,,\n")
        self.assertEqual(self.counts(wizard), (1, 0, len(cases)))
        for place, (problem, words) in enumerate(
            zip(wizard.problem_ids, cases.values(), strict=True), 2
        ):
            with self.subTest(words=words):
                self.assertEqual(problem.place, place)
                self.assertIn(words, problem.problem)
        self.assertEqual(self.entries().number, MOBILE)

    def test_without_a_country_a_national_number_is_not_guessed(self):
        wizard = self.check(f"Phone\n{MOBILE_NATIONAL}\n", country_id=False)
        self.assertIn("no country code", wizard.problem_ids.problem)

    def test_one_number_twice_is_one_line_or_a_contradiction(self):
        wizard = self.check(
            "Phone,Consent\n+5511987654321,yes\n+551187654321,yes\n"
            f"{MOBILE},yes\n{MOBILE_NATIONAL},no\n"
        )
        self.assertEqual(self.counts(wizard), (2, 1, 1))
        self.assertIn("Line 4 says the opposite", wizard.problem_ids.problem)

    def test_what_was_left_out_can_be_mended_and_imported(self):
        wizard = self.check(f'Phone,Wording\n12,"=HYPERLINK(""x"")"\n{MOBILE},\n')
        content = base64.b64decode(wizard.problem_file)
        self.assertIn(b"'=HYPERLINK", content)
        [line] = read_lines(content, wizard.problem_file_name)
        self.assertEqual(line.values, {"phone": "12", "wording": '=HYPERLINK("x")'})

    def test_a_file_that_is_no_list_says_so(self):
        for text, name, words in (
            ("x", "list.pdf", "Excel"),
            ("Name\nCamille\n", "list.csv", "“Phone”"),
            ("", "list.csv", "no lines"),
            ("Phone,Mobile\n1,2\n", "list.csv", "“Mobile”"),
            ("P\0h\0o\0n\0e\0", "list.csv", "CSV .UTF-8"),
            ("Phone\n" + "1\n" * (MAX_LINES + 1), "list.csv", "more than 50,000 lines"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                self.check(text or " ", file_name=name)

    # === SIZE === #

    def test_a_long_list_is_committed_in_parts_and_heeds_what_is_said_meanwhile(self):
        lines = "".join(f"+3361111111{digit}\n" for digit in range(5))
        wizard = self.check(f"Phone\n{lines}")
        parts = []

        def commit(_cron, processed=0, **_values):
            parts.append(processed)
            if len(parts) == 1:
                refusal = {"scope": "all", "action": "refused", "source": "keyword"}
                self.env["sms.hub.consent"]._record(
                    [{"company": self.company, "number": "+33611111114", **refusal}]
                )

        self.patch(sms_hub_consent_import, "_CHUNK", 2)
        self.patch(self.env.registry["ir.cron"], "_commit_progress", commit)
        wizard.action_import()
        self.assertEqual(parts, [2, 2, 0])
        self.assertEqual((wizard.state, wizard.done_count), ("done", 4))
        self.assertFalse(self.state(number="+33611111114"))

    def test_an_interrupted_import_goes_on_where_it_stopped(self):
        lines = "".join(f"+3361111111{digit}\n" for digit in range(4))
        wizard = self.check(f"Phone\n{lines}")
        self.patch(sms_hub_consent_import, "_CHUNK", 2)
        reader = self.env.registry["sms.hub.consent.reader"]
        compare, chunks = reader._compare, []

        def broken(model, company, rows):
            chunks.append(rows)
            if len(chunks) == 2:
                raise ConnectionError("The server went away")
            return compare(model, company, rows)

        with patch.object(reader, "_compare", broken):
            # not assertRaises, which takes back what would have been committed
            with suppress(ConnectionError):
                wizard.action_import()
            self.assertEqual((wizard.state, wizard.done_count), ("checked", 2))
            wizard.action_import()
        self.assertEqual((wizard.state, wizard.done_count), ("done", 4))
        self.assertEqual(len(self.entries()), 4)

    def test_a_long_list_is_read_in_few_queries_and_shown_in_part(self):
        numbers = [f"+3361{one:07}" for one in range(1000, 3500)]
        wizard = self.wizard("Phone\n" + "\n".join([*numbers, *["12"] * 300]))
        self.env.flush_all()
        with self.assertQueryCount(60):
            wizard.action_check()
        self.assertEqual(self.counts(wizard), (2500, 0, 300))
        self.assertEqual((len(wizard.line_ids), len(wizard.problem_ids)), (10, 100))
        wizard.action_import()
        self.assertEqual(len(self.entries()), 2500)

    # === RIGHTS === #

    def test_only_managers_import(self):
        for user in (self.hub_user, self.salesman_own):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["sms.hub.consent.import"].with_user(user).create({})

    def test_only_for_a_company_of_ones_own(self):
        other = self._new_company("Other Company")
        wizard = self.wizard(f"Phone\n{MOBILE}\n", company_id=other.id)
        with self.assertRaises(UserError):
            wizard.action_check()
        wizard.sudo().state = "checked"
        with self.assertRaises(UserError):
            wizard.action_import()
        self.assertFalse(self.entries())

    def test_the_template_can_be_imported(self):
        with file_open("sms_gateway_hub/static/import/consent.csv") as template:
            wizard = self.check(template.read())
        self.assertEqual(self.counts(wizard), (2, 0, 0))
