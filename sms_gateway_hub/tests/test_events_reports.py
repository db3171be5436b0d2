from datetime import datetime, timedelta, timezone
from itertools import permutations
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..gateway.messages import DeliveryReport
from ..gateway.vocabulary import ErrorClass, Outcome, ReportState
from .common import HubCommon

_APPLY = "odoo.addons.sms_gateway_hub.models.sms_hub_event_apply"


@tagged("post_install", "-at_install")
class TestEventsReports(HubCommon):
    def setUp(self):
        super().setUp()
        self.provider = self._use_script()

    def sent(self, **asked):
        """Return a message that the platform has accepted."""
        message = self.enqueue(**asked)
        self.dispatch()
        self.assertEqual(message.state, "accepted")
        return message

    def events(self, *domain):
        return self.env["sms.hub.event"].sudo().search(list(domain), order="id")

    def make_due(self, events):
        """Let the next try of parked events come."""
        events.next_try_at = fields.Datetime.now() - timedelta(seconds=1)

    def grow_old(self, event, hours):
        event.received_at = fields.Datetime.now() - timedelta(hours=hours)
        self.make_due(event)

    # === ORDER === #

    def test_reports_end_alike_in_every_order(self):
        start = datetime.now(timezone.utc)

        def report(word, minute, **values):
            return {
                "word": word,
                "occurred_at": start + timedelta(minutes=minute),
                **values,
            }

        network = {"error_class": ErrorClass.NETWORK, "error_code": "7"}
        handset = {"error_class": ErrorClass.HANDSET, "error_code": "9"}
        submitted, unknown = report("ACCEPTD", 0), report("ENROUTE", 1)
        failed, expired = (
            report("UNDELIV", 2, **network),
            report("EXPIRED", 3, **handset),
        )
        delivered = report("DELIVRD", 4)
        sets = {
            "all, one of them twice": (
                (submitted, unknown, failed, delivered, failed),
                ("delivered", False, False, "DELIVRD"),
            ),
            "delivered twice": (
                (submitted, delivered, delivered, expired),
                ("delivered", False, False, "DELIVRD"),
            ),
            "failed, then expired": (
                (submitted, failed, expired, unknown),
                ("expired", "handset", "9", "EXPIRED"),
            ),
            "failed": (
                (submitted, failed, failed, unknown),
                ("failed", "network", "7", "UNDELIV"),
            ),
            "nothing final": (
                (submitted, submitted),
                ("accepted", False, False, "ACCEPTD"),
            ),
        }
        for name, (reports, end) in sets.items():
            for order in permutations(reports):
                words = " ".join(one["word"] for one in order)
                with self.subTest(name, order=words):
                    message = self.sent()
                    for one in order:
                        self.report(message, **one)
                    found = message.state, message.error_class
                    found += message.error_code, message.raw_status
                    self.assertEqual(found, end)
                    self.assertFalse(message.reason)

    def test_a_word_nobody_knows_keeps_the_row_and_stands_in_it(self):
        message = self.sent()
        self.report(message, "LOST_IN_SPACE")
        self.assertEqual(
            (message.state, message.raw_status), ("accepted", "LOST_IN_SPACE")
        )
        self.assertEqual(self.events().state, "ignored")

    def test_a_report_about_a_lost_answer_settles_it(self):
        for word, state in (
            ("ACCEPTD", "accepted"),
            ("LOST_IN_SPACE", "accepted"),
            ("DELIVRD", "delivered"),
            ("UNDELIV", "failed"),
        ):
            with self.subTest(word):
                self.provider.answers = [Outcome.UNKNOWN]
                message = self.enqueue()
                self.dispatch()
                self.assertEqual(message.state, "unknown")
                reference = {"reference": message.uuid}
                self.report(
                    message, word, message_id=f"late-{word}", metadata=reference
                )
                self.assertEqual(message.state, state)
                self.assertEqual(message.platform_ref, f"late-{word}")
                self.assertNotEqual(message.error_class, "unknown_outcome")

    def test_what_the_platform_refused_at_once_does_not_expire(self):
        self.provider.answers = [Outcome.REJECTED]
        message = self.enqueue()
        self.dispatch()
        message.platform_ref = "refused-1"
        self.report(message, "EXPIRED")
        self.assertEqual((message.state, message.error_class), ("failed", "number"))

    def test_delivery_has_the_platforms_time_where_it_is_possible(self):
        now = datetime.now(timezone.utc).replace(microsecond=0)
        for name, occurred, believed in (
            ("a minute ago", now - timedelta(minutes=1), True),
            ("tomorrow", now + timedelta(days=1), False),
            ("before it was accepted", now - timedelta(days=2), False),
            ("no time", None, False),
        ):
            with self.subTest(name):
                message = self.sent()
                message.accepted_at = fields.Datetime.now() - timedelta(hours=1)
                self.report(message, occurred_at=occurred)
                matches = message.delivered_at == (
                    occurred and occurred.replace(tzinfo=None)
                )
                self.assertEqual(matches, believed)

    # === WHOSE === #

    def test_pushed_and_asked_for_it_is_the_same_event(self):
        message = self.sent()
        inbox = self.env["sms.hub.event"]
        same = {"message_id": message.platform_ref, "state": ReportState.DELIVERED}
        pushed = DeliveryReport(
            raw_status="DELIVRD", number="+33612345678", metadata={"a": 1}, **same
        )
        asked = DeliveryReport(raw_status="Delivrd", number="0612345678", **same)
        self.assertTrue(inbox._insert_all(self.gateway, [pushed], "push"))
        self.assertFalse(inbox._insert_all(self.gateway, [asked], "poll"))

    def test_a_report_never_reaches_another_gateways_message(self):
        message = self.sent()
        other = self._new_gateway(self._new_company("Other Company"))
        for values in (
            {"message_id": message.platform_ref},
            {"message_id": "x", "metadata": {"reference": message.uuid}},
        ):
            report = DeliveryReport(
                state=ReportState.DELIVERED, raw_status="DELIVRD", **values
            )
            self._receive(other, report)
        self.assertEqual(message.state, "accepted")
        self.assertEqual(self.events().mapped("state"), ["parked", "parked"])

    # === BEFORE ITS TIME === #

    def test_a_report_may_come_before_the_answer(self):
        message = self.enqueue()
        early = DeliveryReport(
            message_id=f"id-{message.uuid}",
            state=ReportState.DELIVERED,
            raw_status="DELIVRD",
        )
        self._receive(self.gateway, early)
        event = self.events()
        self.assertEqual((event.state, message.state), ("parked", "queued"))
        self.dispatch()
        self.assertEqual(message.state, "accepted")
        self.env["sms.hub.event"]._run()
        self.assertEqual(event.state, "parked", "its next try has not come")
        self.make_due(event)
        self.env["sms.hub.event"]._run()
        self.assertEqual((event.state, message.state), ("applied", "delivered"))

    def test_a_report_without_a_message_is_given_up_after_three_days(self):
        lost = DeliveryReport(
            message_id="nobody", state=ReportState.DELIVERED, raw_status="DELIVRD"
        )
        self._receive(self.gateway, lost)
        event = self.events()
        gaps = []
        for hours in (1, 24, 71):
            self.grow_old(event, hours)
            self.env["sms.hub.event"]._run()
            self.assertEqual(event.state, "parked")
            gaps.append(event.next_try_at - fields.Datetime.now())
        self.assertEqual(gaps, sorted(gaps), "the gaps grow")
        self.grow_old(event, 73)
        self.env["sms.hub.event"]._run()
        self.assertEqual(event.state, "dead")
        self.assertTrue(event.outcome)
        event.action_apply_again()
        self.assertEqual(event.state, "new")

    # === ERRORS === #

    @mute_logger(_APPLY)
    def test_one_broken_event_stops_no_other_and_ends_with_a_person(self):
        good, bad = self.sent(), self.sent()
        apply = type(self.env["sms.hub.event"])._report

        def broken(events, messages):
            if bad in messages.values():
                raise ValueError("cannot be applied")
            return apply(events, messages)

        inbox = self.env["sms.hub.event"]
        for message in (bad, good):
            report = DeliveryReport(
                message_id=message.platform_ref,
                state=ReportState.DELIVERED,
                raw_status="DELIVRD",
            )
            inbox._insert_all(self.gateway, [report], "push")
        event = self.events()[0]
        with patch.object(self.env.registry["sms.hub.event"], "_report", broken):
            for tries in range(1, 6):
                inbox._run()
                self.assertEqual(event.failures, tries)
                self.assertEqual(event.state, "parked" if tries < 5 else "dead")
                self.make_due(event)
            inbox._run()
        self.assertEqual(event.failures, 5, "a person decides now")
        self.assertIn("cannot be applied", event.outcome)
        self.assertEqual((good.state, bad.state), ("delivered", "accepted"))
        event.action_apply_again()
        inbox._run()
        self.assertEqual((event.state, bad.state), ("applied", "delivered"))

    def test_waiting_alone_never_counts_as_an_error(self):
        lost = DeliveryReport(
            message_id="nobody", state=ReportState.DELIVERED, raw_status="DELIVRD"
        )
        self._receive(self.gateway, lost)
        event = self.events()
        for _try in range(10):
            self.make_due(event)
            self.env["sms.hub.event"]._run()
        self.assertEqual(
            (event.state, event.failures, event.attempts), ("parked", 0, 11)
        )
