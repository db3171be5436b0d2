"""Asking for reports."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.errors import Retryable
from ..gateway.messages import DeliveryReport
from ..gateway.vocabulary import ReportState
from ..models import sms_hub_poller
from ..models.sms_hub_poller import POLL_GAPS, _ask
from ..tools.dispatch import AHEAD_SECONDS, DispatchSettings
from .common import HubCommon
from .dispatch_common import OVER


@tagged("post_install", "-at_install")
class TestPoller(HubCommon):
    def setUp(self):
        super().setUp()
        self.asked, self.reports = [], {}
        provider = self._use_script()
        client_class = type(provider.make_client(self.gateway._to_account()))
        self.patch(client_class, "fetch_reports", self._fetch_reports)
        self.message = self.enqueue()
        self.dispatch()
        self.request = self.message.request_id

    def _fetch_reports(self, request_id, now):
        self.asked.append(request_id)
        answer = self.reports.get(request_id, ())
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _poll(self):
        """Let the request be due now, and ask once."""
        self.request.sudo().next_poll_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        self.env["sms.hub.poller"]._run()

    def _say(self, state, word):
        self.reports[self.request.platform_ref] = (
            DeliveryReport(self.message.platform_ref, state, word),
        )

    def test_a_polled_report_moves_the_message(self):
        self._say(ReportState.DELIVERED, "Delivered")
        self._poll()
        self.assertEqual(self.message.state, "delivered")
        self.assertEqual(self.message.raw_status, "Delivered")

    def test_nobody_asks_again_once_all_messages_are_final(self):
        self._say(ReportState.DELIVERED, "Delivered")
        self._poll()
        self._poll()
        self.assertEqual(len(self.asked), 1)
        self.assertFalse(self.request.next_poll_at)

    def test_the_gaps_grow_until_nobody_asks_any_more(self):
        self.assertEqual(sorted(POLL_GAPS), list(POLL_GAPS))
        self.assertGreaterEqual(sum(POLL_GAPS), 48 * 3600)
        self.request.sudo().poll_count = len(POLL_GAPS) - 1
        self._poll()
        self.assertEqual(len(self.asked), 1)
        self.assertFalse(self.request.next_poll_at)

    def test_an_error_is_noted_and_the_next_turn_comes(self):
        self.request.sudo().poll_count = 6
        self.reports[self.request.platform_ref] = Retryable("Busy.")
        self._poll()
        self.assertEqual(self.request.last_poll_error, "Busy.")
        self.assertGreater(self.request.next_poll_at, fields.Datetime.now())

    def test_what_a_deactivated_gateway_handed_over_is_still_asked_for(self):
        self.gateway.action_deactivate()
        self._say(ReportState.DELIVERED, "Delivered")
        self._poll()
        self.assertEqual(self.message.state, "delivered")

    @mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_poller")
    def test_a_providers_own_bug_costs_no_other_request_its_reports(self):
        broken, broken_text = self.request, self.message
        self.message = self.enqueue("+33612345679")
        self.dispatch()
        self.request = self.message.request_id
        self.reports[broken.platform_ref] = ZeroDivisionError()
        self._say(ReportState.DELIVERED, "Delivered")
        broken.sudo().write(
            # its next turn is far off, or the run would wait for it
            {"poll_count": 6, "next_poll_at": fields.Datetime.now()}
        )
        self._poll()
        self.assertEqual(self.message.state, "delivered")
        self.assertEqual(broken_text.state, "accepted")
        self.assertTrue(broken.last_poll_error)

    def test_what_a_run_has_no_time_for_is_asked_by_another_at_once(self):
        self.gateway.parallel_requests = 1
        self.enqueue("+33612345679")
        self.dispatch()
        # their next turn is far off
        due = {"poll_count": 6, "next_poll_at": fields.Datetime.now()}
        self.env["sms.hub.request"].sudo().search([]).write(due)
        self.env.flush_all()
        found = []
        for _run in range(2):
            self.env.cr.postcommit.clear()
            with patch.object(sms_hub_poller, "SLICE_SECONDS", 0):
                self.env["sms.hub.poller"]._run()
            asked = self.env.cr.postcommit.data.get("sms_gateway_hub.triggers", ())
            found.append(("sms_gateway_hub.ir_cron_poll", None) in asked)
        self.assertEqual(found, [True, False])
        self.assertEqual(len(self.asked), 2)

    def test_a_slow_account_is_asked_little_at_a_time(self):
        for turn in range(5):
            self.enqueue(f"+3361234567{turn}")
        self.dispatch()
        self.env["sms.hub.request"].sudo().search([]).next_poll_at = (
            fields.Datetime.now() - timedelta(seconds=1)
        )
        self.env.flush_all()
        self.gateway.rate = 5
        poller, settings = self.env["sms.hub.poller"], DispatchSettings(self.gateway)
        self.assertEqual(len(poller._claim_due(settings)), 3)
        now = time.monotonic()
        slots = poller._reserve_slots(settings, 3)
        self.assertLess(slots[-1].opens - now, AHEAD_SECONDS + 1)
        self.assertEqual(len(poller._claim_due(settings)), 1)

    def test_who_sends_asks_beside_and_leaves_the_reports_to_others(self):
        self._say(ReportState.DELIVERED, "Delivered")
        self.request.sudo().next_poll_at = fields.Datetime.now() - timedelta(seconds=1)
        self.enqueue("+33612345670")
        self.dispatch()
        self.assertEqual(self.asked, [self.request.platform_ref])
        self.assertEqual(self.message.state, "accepted")
        self.env["sms.hub.event"]._apply_all()
        self.assertEqual(self.message.state, "delivered")

    def test_the_poller_leaves_its_worker_to_texts_that_wait_for_one(self):
        slot = self.env.ref("sms_gateway_hub.ir_cron_dispatch_1")
        slot._trigger()
        self.env.flush_all()
        self.assertTrue(self.env["sms.hub.dispatcher"]._waits_for_worker())
        self._poll()
        self.assertEqual(self.asked, [])
        self.env["ir.cron.trigger"].search([("cron_id", "=", slot.id)]).unlink()
        self.assertFalse(self.env["sms.hub.dispatcher"]._waits_for_worker())
        self._poll()
        self.assertIn(self.request.platform_ref, self.asked)

    def test_a_question_that_missed_its_moment_is_asked_next(self):
        self.request.sudo().next_poll_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        settings = DispatchSettings(self.gateway)
        poller = self.env["sms.hub.poller"]
        [row] = poller._claim_due(settings)
        poller._store(settings, [_ask(settings.client, row, OVER)])
        self.assertEqual(self.asked, [])
        self.assertEqual(self.request.poll_count, row["poll_count"])
        self.assertLessEqual(self.request.next_poll_at, fields.Datetime.now())

    def test_asking_takes_its_calls_from_the_accounts_limit(self):
        settings = DispatchSettings(self.gateway)
        account = self.env["sms.hub.account"]
        before = account._seconds_ahead(settings.account_key)
        self.env["sms.hub.poller"]._reserve_slots(settings, settings.rate)
        after = account._seconds_ahead(settings.account_key)
        self.assertGreater(after - before, 0.9)

    def test_an_unknown_message_of_a_request_is_asked_for_too(self):
        self.message._move("retry")
        self.message.sudo().write({"state": "unknown"})
        self._say(ReportState.DELIVERED, "Delivered")
        self._poll()
        self.assertEqual(self.message.state, "delivered")
