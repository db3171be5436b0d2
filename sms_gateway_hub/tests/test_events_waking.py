import threading
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import Mock, patch

from odoo import SUPERUSER_ID, api, fields
from odoo.sql_db import db_connect
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tests.common import Registry

from ..gateway.messages import DeliveryReport
from ..gateway.vocabulary import ReportState
from .common import HubCommon


def _report(message_id="1", word="DELIVRD"):
    return DeliveryReport(
        message_id=message_id, state=ReportState.DELIVERED, raw_status=word
    )


@tagged("post_install", "-at_install")
class TestEventsWaking(HubCommon):
    def setUp(self):
        super().setUp()
        self.wakes = 0

        def wake(inbox):
            self.wakes += 1

        self.patch(self.env.registry["sms.hub.event"], "_wake", wake)

    def push(self, *reports):
        """Store reports and wake, as the webhook does."""
        self.env["sms.hub.event"]._insert_all(self.gateway, reports, "push", wake=True)

    def test_only_the_oldest_new_event_wakes_the_applier(self):
        for turn in range(50):
            self.push(_report(f"id-{turn}"))
        self.assertEqual(self.wakes, 1)

    def test_the_next_event_after_a_run_wakes_it_again(self):
        for turn in range(3):
            self.push(_report(f"id-{turn}"))
            self.env["sms.hub.event"]._run()
        self.assertEqual(self.wakes, 3)

    def test_an_event_stored_during_a_run_is_applied_by_it(self):
        self.push(_report("first"))
        inbox = type(self.env["sms.hub.event"])
        apply = inbox._apply_batch
        late = []

        def push_meanwhile(events, state):
            count = apply(events, state)
            if not late:
                # committed while the first batch still looks unapplied to others
                late.extend(events._insert_all(self.gateway, [_report("late")], "push"))
            return count

        with patch.object(
            self.env.registry["sms.hub.event"], "_apply_batch", push_meanwhile
        ):
            self.env["sms.hub.event"]._run()
        event = self.env["sms.hub.event"].sudo().browse(late)
        self.assertEqual(event.attempts, 1)

    def test_new_events_never_queue_behind_parked_ones(self):
        inbox = self.env["sms.hub.event"]
        order = []

        def note(event):
            order.append(event.state)
            event.state = "ignored"

        self.patch(self.env.registry["sms.hub.event"], "_apply_guarded", note)
        self.push(_report("parked"))
        inbox.sudo().search([]).write(
            {"state": "parked", "next_try_at": fields.Datetime.now()}
        )
        self.push(_report("new"))
        inbox._run()
        self.assertEqual(order, ["new", "parked"])

    def test_a_long_run_makes_room_and_goes_on(self):
        self.push(_report("1"))
        with patch(
            "odoo.addons.sms_gateway_hub.models.sms_hub_event_apply._RUN_SECONDS", -1.0
        ):
            self.env["sms.hub.event"]._run()
        self.assertEqual(self.wakes, 2, "one for the event, one to go on")

    def test_an_inbox_that_fills_while_it_is_read_is_left_to_fill(self):
        inbox = self.env["sms.hub.event"]
        target = "odoo.addons.sms_gateway_hub.models.sms_hub_event_apply.time.sleep"
        for counts, pauses in (
            ([1, 0], 0),  # a lone reply keeps no worker waiting
            ([100, 100, 0], 0),  # neither do those that piled up
            ([100, 7, 5, 0], 2),
        ):
            batches, slept = Mock(side_effect=counts), []
            with (
                self.subTest(counts=counts),
                patch.object(type(inbox), "_apply_next", batches),
                patch(target, slept.append),
            ):
                self.assertEqual(inbox._apply_all(), sum(counts))
                self.assertEqual(len(slept), pauses)

    def test_a_run_right_after_another_waits_a_second(self):
        inbox = self.env["sms.hub.event"]
        slept = []
        target = "odoo.addons.sms_gateway_hub.models.sms_hub_event_apply.time.sleep"
        now = fields.Datetime.now()
        with patch(target, slept.append):
            for lastcall in (None, now - timedelta(seconds=3)):
                inbox.with_context(lastcall=lastcall)._run()
            self.assertEqual(slept, [], "an event in quiet times is applied at once")
            inbox.with_context(lastcall=now)._run()
        self.assertEqual(slept, [1.0])


@tagged("post_install", "-at_install")
class TestEventsAtOnce(BaseCase):
    """Two calls at the same moment, on real connections."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.own_cursor() as env:
            company = env["res.company"].create({"name": self.id()})
            gateway = env["sms.hub.gateway"].create(
                {"name": "Two at once", "company_id": company.id}
            )
            self.gateway_id = gateway.id
        self.addCleanup(self.clean)

    def clean(self):
        with self.own_cursor() as env:
            gateway = env["sms.hub.gateway"].browse(self.gateway_id)
            company = gateway.company_id
            env["sms.hub.event"].search([("gateway_id", "=", gateway.id)]).unlink()
            gateway.unlink()
            company.active = False

    @contextmanager
    def own_cursor(self):
        """Yield an environment in a transaction like the webhook's own."""
        with db_connect(get_db_name()).cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield api.Environment(cr, SUPERUSER_ID, {})

    def insert(self, env, *reports, **options):
        gateway = env["sms.hub.gateway"].browse(self.gateway_id)
        return env["sms.hub.event"]._insert_all(gateway, reports, "push", **options)

    def test_a_duplicate_waits_for_its_twin_and_gives_no_error(self):
        results, started = [], threading.Event()

        def second_call():
            with self.own_cursor() as env:
                started.set()
                results.append(self.insert(env, _report("1"), _report("2")))

        twin = threading.Thread(target=second_call)
        with self.own_cursor() as env:
            first = self.insert(env, _report("1"))
            twin.start()
            started.wait(5)
            twin.join(0.3)
            self.assertTrue(twin.is_alive(), "it waits until the first one commits")
        twin.join(5)
        self.assertEqual(len(first), 1)
        self.assertEqual([len(ids) for ids in results], [1], "only what is new")

    def test_of_two_that_commit_together_both_wake_the_applier(self):
        wakes = []
        inbox = self.registry["sms.hub.event"]
        with (
            patch.object(inbox, "_wake", lambda one: wakes.append(one.ids)),
            self.own_cursor() as one,
            self.own_cursor() as other,
        ):
            self.insert(one, _report("1"), wake=True)
            self.insert(other, _report("2"), wake=True)
        self.assertEqual(len(wakes), 2, "neither relies on what it cannot see")

    def test_a_run_ends_only_when_nobody_relies_on_it(self):
        wakes, inbox = [], self.registry["sms.hub.event"]
        with self.own_cursor() as env:
            [older] = self.insert(env, _report("1"))

        def run():
            with self.own_cursor() as env:
                env["sms.hub.event"]._apply_all()

        runner = threading.Thread(target=run)
        with patch.object(inbox, "_wake", lambda one: wakes.append(one.ids)):
            with self.own_cursor() as env:
                [newer] = self.insert(env, _report("2"), wake=True)
                runner.start()
                runner.join(0.5)
                self.assertTrue(runner.is_alive(), "it waits for the call")
            runner.join(10)
        self.assertEqual(wakes, [], "the older event has woken it")
        with self.own_cursor() as env:
            events = env["sms.hub.event"].browse((older, newer))
            self.assertEqual(events.mapped("attempts"), [1, 1])
