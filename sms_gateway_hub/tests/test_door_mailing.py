from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..gateway.messages import SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from ..models import mailing_mailing
from .common import LANDLINE, HubCommon

_COUNT = 30


@tagged("post_install", "-at_install")
class TestDoorMailing(HubCommon):
    """SMS mailings and their tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["res.partner.category"].create({"name": "Spring"})
        cls.customers = cls._new_customers(range(_COUNT))
        cls.mailing = cls._new_mailing()

    @classmethod
    def _new_customers(cls, numbers):
        return cls.env["res.partner"].create(
            [
                {
                    "name": f"Customer {number}",
                    "phone": f"+336123400{number:02}",
                    "category_id": [(6, 0, cls.tag.ids)],
                }
                for number in numbers
            ]
        )

    @classmethod
    def _new_mailing(cls, **values):
        return cls.env["mailing.mailing"].create(
            {
                "subject": "Spring",
                "mailing_type": "sms",
                "mailing_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([("category_id", "in", cls.tag.ids)]),
                "body_plaintext": "Spring has come, {{ object.name }}",
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        self.platform = self._use_script()
        self.core_sent = self._watch_core()
        self.startPatcher(patch.object(mailing_mailing, "CHUNK", 7))

    def _launch(self):
        self.mailing.action_put_in_queue()
        self.env["mailing.mailing"]._process_mass_mailing_queue()

    def _dispatch_all(self):
        while self.messages(("state", "=", "queued")):
            self.dispatch()

    # === PREPARING === #

    def test_every_recipient_has_one_row_and_one_text(self):
        self._launch()
        rows = self.messages()
        self.assertEqual(len(rows), _COUNT)
        self.assertEqual(set(rows.mapped("purpose")), {"marketing"})
        self.assertEqual(set(rows.mapped("door")), {"mailing"})
        self.assertEqual(rows.mailing_id, self.mailing)
        self._dispatch_all()
        self.assertEqual(
            sorted(text.number for text in self.platform.sent),
            sorted(self.customers.mapped("phone")),
        )
        self.assertFalse(self.core_sent)

    def test_stopping_or_deleting_a_mailing_stops_what_waits(self):
        for stop, reason in (
            (self.mailing.action_cancel, "cancelled_by_user"),
            (self.mailing.unlink, "record_deleted"),
        ):
            with self.subTest(reason=reason):
                self.mailing.mailing_trace_ids.unlink()
                self._launch()
                rows = self.messages(("state", "=", "queued"))
                self.assertEqual(len(rows), _COUNT)
                stop()
                self.assertEqual(set(rows.mapped("reason")), {reason})
                self.assertEqual(set(rows.mapped("state")), {"cancelled"})

    def test_recipients_are_prepared_and_committed_in_chunks(self):
        commits = []
        self.patch(
            self.env.registry["ir.cron"],
            "_commit_progress",
            lambda cron, *args, **kwargs: commits.append(len(self.messages())),
        )
        self.mailing.state = "sending"
        self.mailing.with_context(ir_cron_progress_id=1).action_send_sms()
        self.assertEqual(commits, [7, 14, 21, 28, 30])

    def test_a_preparation_that_was_killed_goes_on_where_it_was(self):
        chunks = []
        original = type(self.env["sms.composer"])._action_send_sms

        def killed(composer):
            if len(chunks) == 2:
                raise SystemExit
            chunks.append(composer.res_ids_count)
            return original(composer)

        self.mailing.state = "sending"
        with (
            patch.object(self.env.registry["sms.composer"], "_action_send_sms", killed),
            suppress(SystemExit),
        ):
            self.mailing.action_send_sms()
        self.assertEqual(len(self.messages()), 14)
        self.assertFalse(self.mailing.hub_prepared)
        self.env["mailing.mailing"]._process_mass_mailing_queue()
        self.assertEqual(len(self.messages()), _COUNT)
        numbers = self.messages().mapped("number")
        self.assertEqual(len(set(numbers)), _COUNT)

    def test_nobody_is_texted_twice_because_chunks_do_not_know_each_other(self):
        first, last = self.customers[0], self.customers[-1]
        last.phone = first.phone
        self._launch()
        twin = self.messages(("partner_id", "=", last.id))
        shared = self.messages(("number", "=", first.phone))
        self.assertEqual(len(shared), 2)
        self.assertIn("duplicate", shared.mapped("reason"))
        self.assertEqual(len(twin), 1)
        self._dispatch_all()
        sent = [text.number for text in self.platform.sent]
        self.assertEqual(len(sent), len(set(sent)))

    def test_what_is_refused_has_a_row_and_a_trace_with_the_reason(self):
        refused, landline, missing = self.customers[:3]
        self.env["phone.blacklist"].sudo()._add([refused.phone])
        landline.phone = LANDLINE
        missing.phone = False
        self._launch()
        self.mirror()
        cases = {
            refused: ("suppressed", "hub_suppressed"),
            landline: ("number_landline", "hub_number_landline"),
            missing: ("number_missing", "sms_number_missing"),
        }
        for customer, (reason, failure) in cases.items():
            with self.subTest(reason=reason):
                row = self.messages(("partner_id", "=", customer.id))
                self.assertEqual((row.state, row.reason), ("blocked", reason))
                trace = self.mailing.mailing_trace_ids.filtered(
                    lambda one, customer=customer: one.res_id == customer.id
                )
                self.assertEqual(trace.trace_status, "cancel")
                self.assertEqual(trace.failure_type, failure)
                self.assertTrue(trace.failure_reason)

    def test_the_links_that_go_out_are_the_ones_that_are_counted(self):
        self.mailing.body_plaintext = "See https://example.com/spring"
        self._launch()
        for row in self.messages():
            sms = self.env["sms.sms"].search([("uuid", "=", row.uuid)])
            self.assertIn(f"/s/{sms.id}", row.body)
            self.assertEqual(row.body, sms.body)

    def test_a_mailing_that_leaves_notes_shows_its_result_in_both_places(self):
        self.mailing.keep_archives = True
        refused = self.customers[0]
        refused.phone = LANDLINE
        self._launch()
        self._dispatch_all()
        self.mirror()
        for customer in self.customers[1:3]:
            notification = customer.message_ids.notification_ids
            self.assertEqual(notification.notification_status, "pending")
            trace = notification.sms_tracker_ids.mailing_trace_id
            self.assertEqual(trace.res_id, customer.id)
            self.assertEqual(trace.trace_status, "pending")
        told = refused.message_ids.notification_ids
        self.assertEqual(told.failure_type, "hub_number_landline")

    def test_links_are_carried_over_chunk_by_chunk_and_not_one_by_one(self):
        self.mailing.body_plaintext = "See https://example.com/spring"
        original, asked = type(self.env["sms.sms"])._hub_messages, []

        def messages(sms):
            asked.append(len(sms))
            return original(sms)

        self.patch(self.env.registry["sms.sms"], "_hub_messages", messages)
        self._launch()
        chunks = -(-_COUNT // 7)
        self.assertLessEqual(len([one for one in asked if one]), 2 * chunks)

    def test_a_mailing_of_a_company_without_a_gateway_is_left_to_odoo(self):
        self.mailing.hub_company_id = self._new_company("Bare")
        self.customers.company_id = self.mailing.hub_company_id
        self.customers[1].phone = self.customers[0].phone
        self._launch()
        self.assertFalse(self.messages())
        queued = self.env["sms.sms"].search([("state", "=", "outgoing")])
        self.assertEqual(len(queued), _COUNT - 1)
        self.assertFalse(self.mailing.hub_prepared)

    def test_a_mailing_goes_out_for_its_own_company(self):
        other = self._new_company("Second")
        self._new_gateway(other)
        self.mailing.hub_company_id = other
        self.customers[0].company_id = self.company
        self._launch()
        companies = {row.partner_id: row.company_id for row in self.messages()}
        self.assertEqual(companies.pop(self.customers[0]), self.company)
        self.assertEqual(set(companies.values()), {other})

    # === STATE === #

    def test_a_mailing_is_done_when_its_last_text_has_left(self):
        self._launch()
        self.assertEqual(self.mailing.state, "sending")
        later = self.messages()[5:]
        due = later[0].not_before
        later.not_before = due + timedelta(hours=1)
        self.dispatch()
        self.report(self.messages(("state", "=", "accepted"))[0])
        self.env["mailing.mailing"]._process_mass_mailing_queue()
        self.mirror()
        self.assertEqual(self.mailing.state, "sending", "one report is not all")
        later.not_before = due
        self._dispatch_all()
        self.mirror()
        self.assertEqual(self.mailing.state, "done")
        self.assertTrue(self.mailing.sent_date)

    def test_a_mailing_whose_texts_are_all_refused_is_done_as_well(self):
        self.customers.phone = False
        self._launch()
        self.mirror()
        self.assertEqual(self.mailing.state, "done")

    def test_who_matches_only_while_it_is_sent_is_not_texted(self):
        self._launch()
        self._new_customers([90])
        self.env["mailing.mailing"]._process_mass_mailing_queue()
        self.assertEqual(len(self.messages()), _COUNT)
        self.gateway.action_deactivate()
        self.env["mailing.mailing"]._process_mass_mailing_queue()
        self.assertFalse(self.core_sent)
        self.assertEqual(self.mailing.state, "sending")

    # === RETRY === #

    def test_retry_sends_again_only_what_surely_did_not_go_out(self):
        self._launch()
        outcomes = {
            "accepted": Outcome.ACCEPTED,
            "failed": Outcome.REJECTED,
            "unknown": Outcome.UNKNOWN,
        }
        rows = self.messages()
        plan = {row.uuid: list(outcomes)[row.id % 3] for row in rows}
        self._answer_by(plan, outcomes)
        self._dispatch_all()
        self.assertEqual({row.uuid: row.state for row in rows}, plan)
        failed = rows.filtered(lambda row: row.state == "failed")
        self.mailing.action_retry_failed_sms()
        again = self.messages() - rows
        self.assertEqual(again.retry_of_id, failed)
        self.assertEqual(self.mailing.state, "sending")
        self._dispatch_all()
        self.mirror()
        trace = self.mailing.mailing_trace_ids
        self.assertEqual(len(trace), _COUNT)
        self.assertEqual(set(trace.mapped("trace_status")), {"pending"})
        self.mailing.action_retry_failed_sms()
        self.assertEqual(self.messages(), rows | again, "nothing failed any more")

    def test_retry_respects_what_the_operator_was_told(self):
        self._launch()
        self.messages().write({"state": "failed", "error_class": "consent"})
        before = self.messages()
        self.mailing.action_retry_failed_sms()
        self.assertEqual(self.messages(), before)

    def _answer_by(self, plan, outcomes):
        def answer(envelope, messages):
            self.platform.requests.append((envelope, list(messages)))
            results = []
            for message in messages:
                outcome = outcomes.get(plan.get(message.reference), Outcome.ACCEPTED)
                refused = outcome is Outcome.REJECTED
                results.append(
                    SendResult(
                        message.reference,
                        outcome,
                        message_id=f"id-{message.reference}",
                        error_class=ErrorClass.NETWORK if refused else None,
                    )
                )
            return self.platform.reply(results)

        self.platform.answer = answer

    # === TEST MAILINGS === #

    def test_a_test_mailing_is_queued_once_for_each_number(self):
        wizard = self.env["mailing.sms.test"].create(
            {
                "mailing_id": self.mailing.id,
                "numbers": f"+33612349901\n\n06 12 34 99 02\n{LANDLINE}",
            }
        )
        wizard.action_send_sms()
        rows = self.messages()
        self.assertEqual(
            [(row.number, row.reason or row.state) for row in rows],
            [
                ("+33612349901", "queued"),
                ("+33612349902", "queued"),
                (LANDLINE, "number_landline"),
            ],
        )
        self.assertEqual(set(rows.mapped("purpose")), {"test"})
        self.assertEqual(set(rows.mapped("lane")), {"urgent"})
        self.assertIn("Spring has come, ", rows[0].body)
        self.assertFalse(self.platform.requests)
        told = self.mailing.message_ids[0].body
        for word in ("+33612349901", "Waiting for its turn", "landline"):
            self.assertIn(word, told)

    def test_a_test_is_no_recipient_of_the_mailing(self):
        number = self.customers[0].phone
        self.mailing.sms_allow_unsubscribe = True
        self.env["mailing.sms.test"].create(
            {"mailing_id": self.mailing.id, "numbers": number}
        ).action_send_sms()
        self._launch()
        rows = self.messages(("number", "=", number))
        self.assertEqual(rows.mapped("purpose"), ["test", "marketing"])
        self.assertEqual(set(rows.mapped("state")), {"queued"})
