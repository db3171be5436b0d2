from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.sms_hub_mirror import STATES
from ..models.sms_hub_vocabulary import ERROR_WORDS, REASON_WORDS, failure_type
from ..policy import Reason
from .common import MOBILE, HubCommon

_MIRROR = "odoo.addons.sms_gateway_hub.models.sms_hub_mirror"


@tagged("post_install", "-at_install")
class TestMirror(HubCommon):
    """What core's rows show of the ledger."""

    def _text(self, number=MOBILE):
        lead = self.env["crm.lead"].create({"name": "x", "phone": number})
        post = lead._message_sms("Hello", put_in_queue=True)
        row = post._hub_messages()
        sms = self.env["sms.sms"].search([("uuid", "=", row.uuid)])
        return row, sms, post.notification_ids

    def _set(self, row, **values):
        row.write({"mirror_pending": True, **values})
        self.mirror()

    # === THE TABLE === #

    def test_every_state_shows_on_cores_rows_and_can_be_repeated(self):
        row, sms, notification = self._text()
        for state, (sms_state, status, _trace) in STATES.items():
            with self.subTest(state=state):
                for _time in range(2):
                    self._set(row, state=state)
                    self.assertEqual(sms.state, sms_state)
                    self.assertEqual(notification.notification_status, status)
                self.assertFalse(row.mirror_pending)

    def test_every_state_of_the_ledger_is_in_the_table(self):
        states = dict(
            row for row in self.env["sms.hub.message"]._fields["state"].selection
        )
        self.assertEqual(set(STATES), set(states) - {"received"})

    def test_unknown_never_shows_as_an_error_that_core_would_send_again(self):
        row, sms, notification = self._text()
        self._set(row, state="unknown", error_class="unknown_outcome")
        self.assertEqual(sms.state, "pending")
        self.assertEqual(notification.notification_status, "pending")
        self.assertFalse(notification.failure_type)

    def test_every_reason_of_the_gate_has_words(self):
        self.assertEqual(set(REASON_WORDS), {reason.value for reason in Reason})

    def test_every_reason_and_error_has_words_that_all_three_can_show(self):
        row, _sms, notification = self._text()
        asked = [("blocked", {"reason": code}) for code in REASON_WORDS]
        asked += [("failed", {"error_class": code}) for code in ERROR_WORDS]
        for state, values in asked:
            with self.subTest(**values):
                self._set(row, state=state, **{"reason": False, **values})
                expected = failure_type(values.get("reason"), values.get("error_class"))
                self.assertEqual(notification.failure_type, expected)
                self.assertEqual(notification.failure_reason, row.explanation)
                for model in ("sms.sms", "mailing.trace"):
                    known = self.env[model]._fields["failure_type"].get_values(self.env)
                    self.assertIn(expected, known)

    def test_a_failure_that_turns_out_well_leaves_no_words_behind(self):
        row, sms, notification = self._text()
        self._set(row, state="failed", error_class="handset")
        self._set(row, state="delivered", error_class=False)
        self.assertFalse(notification.failure_type)
        self.assertFalse(notification.failure_reason)
        self.assertFalse(sms.failure_type)
        self.assertTrue(sms.to_delete)

    def test_only_what_can_be_sent_again_stays_in_cores_list(self):
        row, sms, _notification = self._text()
        for state, cleared in (
            ("queued", False),
            ("unknown", False),
            ("accepted", True),
            ("failed", False),
            ("expired", False),
            ("blocked", True),
            ("cancelled", True),
            ("delivered", True),
        ):
            with self.subTest(state=state):
                self._set(row, state=state)
                self.assertEqual(sms.to_delete, cleared)

    def test_a_text_sent_again_is_shown_by_the_rows_of_the_first(self):
        row, sms, notification = self._text()
        self._set(row, state="failed", error_class="handset")
        again = row._send_again()
        self.mirror()
        self.assertEqual((sms.state, sms.uuid), ("outgoing", again.uuid))
        self.assertEqual(notification.notification_status, "ready")
        self._set(row, state="delivered")
        self.assertEqual(
            notification.notification_status, "ready", "the first shows no more"
        )
        self._set(again, state="accepted")
        self.assertEqual(notification.notification_status, "pending")

    def test_incoming_messages_have_nothing_to_show(self):
        row = self.reply(MOBILE, "Hello")
        row.mirror_pending = True
        self.mirror()
        self.assertFalse(row.mirror_pending)

    def test_the_sentence_is_in_the_language_of_whoever_sent_it(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        row, _sms, notification = self._text()
        row.author_id.lang = "fr_FR"
        asked = []
        original = type(row)._explain

        def explain(message):
            asked.append(message.env.lang)
            return original(message)

        with patch.object(self.env.registry["sms.hub.message"], "_explain", explain):
            self._set(row, state="failed", error_class="handset")
        self.assertIn("fr_FR", asked)
        self.assertTrue(notification.failure_reason)

    # === ISOLATION === #

    def test_one_row_that_cannot_be_shown_does_not_stop_the_others(self):
        texts = [self._text(f"+3361234560{n}") for n in range(3)]
        broken = texts[1][2]
        original = type(broken).write

        def write(records, vals):
            if broken in records:
                raise ValueError("an addon's mistake")
            return original(records, vals)

        for row, _sms, _notification in texts:
            row.write({"state": "delivered", "mirror_pending": True})
        with (
            patch.object(self.env.registry["mail.notification"], "write", write),
            mute_logger(_MIRROR),
        ):
            self.mirror()
        self.assertEqual(
            [notification.notification_status for *_rest, notification in texts],
            ["sent", "ready", "sent"],
        )
        self.assertFalse(any(row.mirror_pending for row, *_rest in texts))
        self._set(texts[1][0], state="delivered")
        self.assertEqual(broken.notification_status, "sent", "the next change shows")

    def test_a_conflict_with_a_user_is_repeated_and_not_swallowed(self):
        row, _sms, notification = self._text()
        row.write({"state": "delivered", "mirror_pending": True})
        original, failures = type(notification).write, [SerializationFailure()]

        def write(records, vals):
            if failures:
                raise failures.pop()
            return original(records, vals)

        with patch.object(self.env.registry["mail.notification"], "write", write):
            self.env["sms.hub.mirror"]._run()
        self.assertEqual(notification.notification_status, "sent")

    def test_a_batch_costs_as_many_queries_as_it_shows_different_results(self):
        def cost(count):
            rows = [self._text(f"+336123457{n:02}")[0] for n in range(count)]
            for row in rows:
                row.write({"state": "delivered", "mirror_pending": True})
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.mirror()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(3)
        self.assertLessEqual(cost(30), cost(3) + 5)
