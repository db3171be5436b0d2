"""What is old enough goes, in small steps, and nothing that is still needed."""

import threading
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..gateway.vocabulary import Outcome
from ..models import sms_hub_retention
from .common import MOBILE, HubCommon
from .race_common import RaceCase

OTHER = "+33612345679"


class RetentionCommon(HubCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.retention = cls.env["sms.hub.retention"]
        cls.company.write(
            {"hub_text_days": 90, "hub_metadata_months": 24, "hub_consent_months": 0}
        )

    def old(self, days, number=MOBILE, **values):
        """Add a message that was settled so many days ago."""
        message = self.enqueue(number, body=f"Written {days} days ago").sudo()
        message.write({"state": "delivered", **values})
        return self.age(message, days)

    def age(self, record, days, column="create_date"):
        """Let a row be so many days old."""
        record.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE %s SET %s = %s WHERE id = %s",
                SQL.identifier(record._table),
                SQL.identifier(column),
                fields.Datetime.now() - timedelta(days=days),
                record.id,
            )
        )
        record.invalidate_recordset()
        return record

    def run_retention(self):
        self.env.flush_all()
        self.retention._run()
        self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestTexts(RetentionCommon):
    def test_a_text_goes_after_its_days_and_its_history_stays(self):
        old, young = self.old(91), self.old(89, OTHER)
        known = (old.text_hash, old.number, old.state, old.segments)
        self.run_retention()
        self.assertFalse(old.body)
        self.assertEqual((old.text_hash, old.number, old.state, old.segments), known)
        self.assertEqual(young.body, "Written 89 days ago")
        self.assertFalse(young.text_removed_at)

    def test_the_copy_that_core_keeps_of_a_failed_text_goes_as_well(self):
        provider = self._use_script()
        provider.answers = [Outcome.REJECTED]
        sms = self.env["sms.sms"].create({"number": MOBILE, "body": "Secret"})
        message = self.messages().filtered(lambda one: one.uuid == sms.uuid)
        self.dispatch()
        self.mirror()
        self.assertEqual((sms.state, sms.to_delete), ("error", False))
        self.age(message.sudo(), 89)
        self.run_retention()
        self.assertFalse(sms.to_delete)
        self.age(message.sudo(), 91)
        self.run_retention()
        self.assertFalse(message.body)
        self.assertTrue(sms.to_delete)

    def test_the_message_says_that_its_text_was_removed_and_when(self):
        message = self.old(91)
        self.run_retention()
        seen = message.with_user(self.hub_manager)
        self.assertEqual(seen.text_removed_words, "The text was removed after 91 days.")
        self.assertIn("Text removed", seen.timeline)

    def test_what_waits_or_may_be_out_keeps_its_text_whatever_its_age(self):
        for state in ("queued", "held", "claimed", "unknown"):
            with self.subTest(state):
                message = self.old(1000, state=state)
                self.run_retention()
                self.assertTrue(message.exists())
                self.assertTrue(message.body)

    def test_every_settled_state_grows_old(self):
        messages = [self.old(91, state=state) for state in sms_hub_retention.SETTLED]
        self.run_retention()
        self.assertFalse(any(one.body for one in messages))

    def test_a_text_that_consent_rests_on_stays_for_ever(self):
        proof = self.reply(MOBILE, "STOP").sudo()
        self.assertTrue(
            self.env["sms.hub.consent.event"]
            .sudo()
            .search([("message_uuid", "=", proof.uuid)])
        )
        self.age(proof, 2000)
        self.run_retention()
        self.assertEqual(proof.exists().body, "STOP")

    def test_what_has_no_text_any_more_cannot_be_sent_again(self):
        message = self.old(91, state="failed")
        self.assertTrue(message._may_be_repeated())
        self.run_retention()
        self.assertFalse(message._may_be_repeated())

    def test_without_a_limit_nothing_goes(self):
        self.company.write({"hub_text_days": 0, "hub_metadata_months": 0})
        message = self.old(5000)
        self.run_retention()
        self.assertTrue(message.exists().body)

    def test_a_company_decides_for_itself_alone(self):
        other = self._new_company("Keeps all")
        other.write({"hub_text_days": 0, "hub_metadata_months": 0})
        ours, theirs = self.old(91), self.old(91, OTHER, company_id=other.id)
        self.run_retention()
        self.assertFalse(ours.body)
        self.assertTrue(theirs.body)

    def test_what_the_platform_said_goes_with_the_texts(self):
        self._use_script()
        message = self.enqueue()
        self.dispatch()
        self.report(message)
        event = self.env["sms.hub.event"].sudo().search([], limit=1)
        request = message.sudo().request_id
        request.write({"answer": "{}", "next_poll_at": False})
        self.age(event, 91, "received_at")
        self.age(request, 91, "started_at")
        self.run_retention()
        self.assertEqual((event.state, event.raw), ("applied", False))
        self.assertFalse(request.answer)

    def test_events_that_wait_for_a_person_keep_what_was_received(self):
        message = self.enqueue()
        self.report(message)
        event = self.env["sms.hub.event"].sudo().search([], limit=1)
        event.state = "dead"
        self.age(event, 1000, "received_at")
        self.run_retention()
        self.assertTrue(event.exists().raw)


@tagged("post_install", "-at_install")
class TestRows(RetentionCommon):
    def test_a_message_goes_after_its_months_with_its_text(self):
        old, young = self.old(750), self.old(700, OTHER)
        self.run_retention()
        self.assertFalse(old.exists())
        self.assertTrue(young.exists())
        self.assertFalse(young.body)

    def test_rows_go_where_texts_are_kept_as_long_as_their_messages(self):
        self.company.hub_text_days = 0
        old, young = self.old(750), self.old(700, OTHER)
        self.run_retention()
        self.assertFalse(old.exists())
        self.assertTrue(young.body)

    def test_the_message_that_was_sent_again_goes_and_the_new_one_stays(self):
        old = self.old(750, state="failed")
        again = self.old(10, OTHER, retry_of_id=old.id)
        self.run_retention()
        self.assertFalse(old.exists())
        self.assertFalse(again.retry_of_id)

    def test_messages_stay_as_long_as_consent_may_live_on_them(self):
        self.company.hub_consent_months = 36
        message = self.old(750)
        self.run_retention()
        self.assertTrue(message.exists())

    def test_a_request_outlives_its_messages(self):
        self._use_script()
        first, second = self.enqueue(), self.enqueue(OTHER)
        self.dispatch()
        for message in (first, second):
            request = message.sudo().request_id
            request.next_poll_at = False
            self.age(request, 800, "started_at")
        self.age(first.sudo(), 800)
        requests = (first | second).sudo().mapped("request_id")
        self.run_retention()
        self.assertEqual(requests.exists(), second.sudo().request_id)

    def test_an_event_of_a_message_that_is_gone_goes_as_well(self):
        message = self.old(750, platform_ref="id-1", state="accepted")
        self.report(message)
        event = self.env["sms.hub.event"].sudo().search([], limit=1)
        self.age(event, 740, "received_at")
        self.run_retention()
        self.assertFalse(event.exists())


@tagged("post_install", "-at_install")
class TestSteps(RetentionCommon):
    def test_a_run_goes_on_batch_by_batch_until_nothing_is_left(self):
        messages = [self.old(91 + turn) for turn in range(7)]
        with patch.object(sms_hub_retention, "_BATCH", 3):
            self.run_retention()
        self.assertFalse(any(one.body for one in messages))

    def test_a_run_that_takes_too_long_is_gone_on_with_behind_other_jobs(self):
        messages = [self.old(91 + turn) for turn in range(7)]
        # whose turn comes first, and who has nothing that is old
        self.env["res.company"].create({"name": "Another", "sequence": -1})
        self.env.cr.postcommit.clear()
        with (
            patch.object(sms_hub_retention, "_BATCH", 3),
            patch.object(sms_hub_retention, "_RUN_SECONDS", -1),
        ):
            self.run_retention()
        self.assertEqual(sum(not one.body for one in messages), 3)
        asked = self.env.cr.postcommit.data["sms_gateway_hub.triggers"]
        self.assertIn(("sms_gateway_hub.ir_cron_retention", None), asked)
        self.run_retention()
        self.assertFalse(any(one.body for one in messages))

    def test_proofs_in_front_do_not_keep_a_run_from_what_is_behind(self):
        proofs = [self.reply(f"+3361234567{turn}", "STOP").sudo() for turn in range(4)]
        for turn, proof in enumerate(proofs):
            self.age(proof, 200 - turn)
        message = self.old(91)
        with patch.object(sms_hub_retention, "_BATCH", 2):
            self.run_retention()
        self.assertFalse(message.body)
        self.assertTrue(all(one.body for one in proofs))


@tagged("post_install", "-at_install")
class TestSettings(RetentionCommon):
    def words(self, **values):
        settings = self.env["res.config.settings"].create(values)
        return settings.hub_retention_words

    def test_the_settings_say_what_would_go_before_anything_goes(self):
        self.old(91)
        self.old(92, OTHER)
        self.old(750)
        self.assertEqual(
            self.words(),
            "3 texts would be removed now, their history stays. "
            "0 messages would be removed with all their details.",
        )
        self.run_retention()
        self.assertIn("0 texts would be removed now", self.words())

    def test_large_numbers_are_not_counted_to_their_end(self):
        for days in (91, 92, 93):
            self.old(days)
        with patch.object(sms_hub_retention, "_COUNT_AT_MOST", 2):
            self.assertIn("More than 2 texts would be removed", self.words())

    def test_without_limits_the_settings_say_so(self):
        self.company.write({"hub_text_days": 0, "hub_metadata_months": 0})
        self.assertEqual(self.words(), "Nothing is ever removed.")

    def test_limits_that_make_no_sense_are_refused(self):
        for values in (
            {"hub_text_days": 3},
            {"hub_text_days": -1},
            {"hub_metadata_months": -1},
        ):
            with (
                self.subTest(values),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.company.write(values)
                self.env.flush_all()

    def test_a_manager_cannot_shorten_how_long_things_are_kept(self):
        rules = self.env["sms.hub.rules"].with_user(self.hub_manager)
        self.assertNotIn("hub_text_days", rules._fields)
        with self.assertRaises(AccessError):
            self.company.with_user(self.hub_manager).write({"hub_text_days": 7})


@tagged("post_install", "-at_install")
class TestBesideSenders(RaceCase):
    """Senders claim while old rows are being removed, in transactions of their own."""

    def _age(self, ids, days):
        with self._env() as env:
            env.cr.execute(
                "UPDATE sms_hub_message SET state = 'delivered', create_date ="
                " create_date - %s * INTERVAL '1 day' WHERE id = ANY(%s)",
                [days, ids],
            )

    def test_a_claim_does_not_wait_for_a_removal_and_not_the_other_way_round(self):
        old, due = self._fill(20), self._fill(3)
        self._age(old, 100)
        with self._own() as env:
            step = env["sms.hub.retention"]._steps(self._gateway(env).company_id)[0]
            count, _after = env["sms.hub.retention"]._remove(
                step, sms_hub_retention._START
            )
            claimed = []
            worker = threading.Thread(
                target=lambda: claimed.extend(self._claim_now()), daemon=True
            )
            worker.start()
            worker.join(20)
            self.assertEqual(sorted(claimed), sorted(due))
        self.assertEqual(count, 20)

    def test_rows_that_somebody_works_on_are_left_to_the_next_run(self):
        old = self._fill(5)
        self._age(old, 100)
        with self._own() as busy:
            busy.cr.execute(
                "SELECT id FROM sms_hub_message WHERE id = ANY(%s) FOR UPDATE",
                [old[:2]],
            )
            with self._own() as env:
                retention = env["sms.hub.retention"]
                step = retention._steps(self._gateway(env).company_id)[0]
                count, _after = retention._remove(step, sms_hub_retention._START)
        self.assertEqual(count, 3)
