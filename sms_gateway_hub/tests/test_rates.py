"""How much may leave in a second, of an account and of a sender, and for whom."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..tools.dispatch import (
    AHEAD_OF_RATE,
    AHEAD_SECONDS,
    LATEST_SECONDS,
    DispatchSettings,
    at_once,
    hand_over,
)
from ..tools.rates import ways
from .dispatch_common import OVER, DispatchCommon


@tagged("post_install", "-at_install")
class TestSenderRates(DispatchCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway.write({"sender": "FAST", "rate": 0, "parallel_requests": 20})
        cls.fast = cls.gateway.sender_ids
        cls.slow = cls.env["sms.hub.sender"].create(
            {"name": "SLOW", "gateway_id": cls.gateway.id, "rate": 10, "sequence": 20}
        )

    def _fill(self, count, sender, **asked):
        numbers = [f"+33612{sender.id % 100:02d}{turn:04d}" for turn in range(count)]
        for number in numbers:
            self.enqueue(number, sender_id=sender.id, **asked)

    def _senders(self, batches):
        found = {}
        for batch in batches:
            name = batch.envelope.sender
            found[name] = found.get(name, 0) + batch.segments
        return found

    def _next(self):
        self.env.flush_all()
        settings = DispatchSettings(self.gateway)
        return self.dispatcher._next_batches(settings, busy=0).work

    def test_a_slow_sender_keeps_no_other_waiting(self):
        self._fill(30, self.slow, purpose="marketing")
        self._fill(5, self.fast, purpose="marketing")
        _settings, batches = self.claim()
        found = self._senders(batches)
        self.assertEqual(found["FAST"], 5)
        self.assertEqual(found["SLOW"], 5, "half of the nine not kept, and one more")

    def test_no_request_holds_more_parts_than_its_sender_sends_in_a_second(self):
        self._fill(30, self.slow, purpose="marketing", body="x" * 300)
        with patch.dict(AHEAD_OF_RATE, marketing=1.0):
            _settings, batches = self.claim()
        parts = batches[0].rows[0]["segments"]
        self.assertEqual([len(batch.rows) for batch in batches], [9 // parts, 1])

    def test_a_text_that_is_longer_than_a_second_of_its_sender_leaves_alone(self):
        self.slow.rate = 2
        self._fill(2, self.slow, purpose="marketing", body="x" * 600)
        found = self._next()
        [(batch, _delay)] = found
        self.assertGreater(batch.segments, 2)
        self.assertEqual(self._next(), [])

    def test_parts_are_counted_and_the_second_claim_waits_for_the_first(self):
        self._fill(20, self.slow)
        opens = sorted(slot.opens for _batch, slot in self._next())
        self.assertEqual(len(opens), 10)
        self.assertAlmostEqual(opens[-1] - opens[0], 1.09, delta=0.01)
        self.assertEqual(self._next(), [])

    def test_what_several_workers_claim_for_the_same_time_does_not_leave_later(self):
        """Each of them may claim before any other has booked."""
        self._fill(10, self.slow)
        claim, account = (
            type(self.dispatcher)._claim_batches,
            self.env["sms.hub.account"],
        )

        def claim_beside_others(dispatcher, settings, busy):
            found = claim(dispatcher, settings, busy)
            theirs = [ways(settings, batch) for batch in found.work]
            account._book([*theirs, *theirs])
            return found

        self.patch(type(self.dispatcher), "_claim_batches", claim_beside_others)
        opens = [slot.opens for _batch, slot in self._next()]
        self.assertIn(len(opens), range(1, 10), "of ten")
        self.assertLess(opens[-1] - opens[0], LATEST_SECONDS)
        rows = self.messages()
        rows.invalidate_recordset()
        waiting = rows.filtered(lambda one: one.state == "queued")
        self.assertEqual(len(waiting), 10 - len(opens))
        self.assertEqual(set(waiting.mapped("attempts")), {0})

    def test_what_is_urgent_leaves_at_once_whatever_is_booked(self):
        self._fill(20, self.slow, purpose="marketing")
        self._next()
        self.enqueue("+33612990000", sender_id=self.slow.id, purpose="otp")
        [(batch, slot)] = self._next()
        self.assertEqual(batch.rows[0]["lane"], "urgent")
        self.assertLess(slot.opens - time.monotonic(), 0.5)

    def test_what_an_archived_sender_left_does_not_lie_in_the_queue(self):
        self._fill(1, self.slow)
        self.slow.active = False
        self.claim()
        self.assertEqual(self.messages().state, "blocked")

    def test_planned_texts_hide_nothing_that_is_due(self):
        self.enqueue("+33612990001", not_before=self._later())
        self.env.flush_all()
        self.assertEqual(self.dispatcher._lanes_due(), [])
        self._fill(1, self.slow)
        self.env.flush_all()
        self.assertEqual(self.dispatcher._lanes_due(), ["transactional"])

    def _later(self):
        return fields.Datetime.now() + timedelta(hours=1)


@tagged("post_install", "-at_install")
class TestCalendars(DispatchCommon):
    def test_a_request_that_waits_for_its_sender_leaves_the_account_to_others(self):
        account = self.env["sms.hub.account"]
        slow = [(("account", 100, 1), ("sender:1", 1, 1))]
        fast = [(("account", 100, 1), ("sender:2", 100, 1))]
        first, second, third = (
            slot.opens for slot in account._book([slow, slow, fast])
        )
        self.assertAlmostEqual(second - first, 1.225, delta=0.01)
        self.assertAlmostEqual(third - first, 0.01 / 0.93, delta=0.01)

    def test_the_first_of_several_ways_is_taken(self):
        account = self.env["sms.hub.account"]
        usual = (("key", 1, 1),)
        first, second = account._book([[usual], [usual]])
        [kept] = account._book([[(("key:urgent", 1, 1),), usual]])
        self.assertLess(kept.opens, second.opens - 0.5)
        [later] = account._book([[(("key:urgent", 1, 1),), usual]])
        self.assertAlmostEqual(later.opens - kept.opens, 1.225, delta=0.01)
        self.assertLess(later.opens, second.opens + 1.225)

    def test_without_rates_nothing_waits_and_nothing_is_stored(self):
        account = self.env["sms.hub.account"].sudo()
        before = account.search_count([])
        for slot in account._book([[()], [()]]):
            self.assertTrue(slot.is_open(time.monotonic()))
        self.assertEqual(account.search_count([]), before)
        self.assertEqual(account._rooms({}, 1), {})


@tagged("post_install", "-at_install")
class TestMissedMoments(DispatchCommon):
    """A thread that wakes up too late sends nothing."""

    def test_what_missed_its_moment_waits_again_as_if_nobody_had_tried(self):
        message = self.enqueue()
        settings, batches = self.claim()
        self.answer(settings, batches, OVER)
        self.assertEqual(self.provider.requests, [])
        self.assertEqual((message.state, message.attempts), ("queued", 0))
        self.assertFalse(message.request_id)
        self.assertFalse(message.lease_until)
        self.dispatch()
        self.assertEqual((message.state, message.attempts), ("accepted", 1))
        self.assertEqual(len(self.provider.requests), 1)

    def test_it_waits_again_even_after_its_worker_was_given_up(self):
        message = self.enqueue()
        settings, batches = self.claim()
        self.end_lease(message)
        self.assertEqual(message.state, "unknown")
        self.answer(settings, batches, OVER)
        self.assertEqual(message.state, "queued", "it surely was not sent")

    def test_what_others_have_claimed_meanwhile_is_theirs(self):
        message = self.enqueue()
        settings, batches = self.claim()
        self.answer(settings, batches, OVER)
        self.claim()
        self.answer(settings, batches, OVER)
        self.assertEqual(message.state, "claimed")

    def test_what_came_in_time_is_stored_beside_it(self):
        late, other = self.enqueue(), self.enqueue("+33612990002")
        settings, batches = self.claim()
        [mine] = [one for one in batches if one.ids() == late.ids]
        [theirs] = [one for one in batches if one.ids() == other.ids]
        answers = [
            hand_over(settings.client, mine, OVER),
            hand_over(settings.client, theirs, at_once()),
        ]
        self.env["sms.hub.writeback"]._store_all(settings, answers)
        self.assertEqual((late.state, other.state), ("queued", "accepted"))

    def test_what_no_rate_holds_back_leaves_as_long_as_its_permission_lasts(self):
        slot = at_once()
        self.assertTrue(slot.is_open(slot.opens + AHEAD_SECONDS))
        self.assertFalse(slot.is_open(slot.opens + AHEAD_SECONDS + 0.1))
