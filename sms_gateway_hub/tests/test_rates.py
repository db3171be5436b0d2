"""How much may leave in a second, of an account and of a sender, and for whom."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..tools.dispatch import DispatchSettings
from .dispatch_common import DispatchCommon


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
        self.assertEqual(found["SLOW"], 10, "of the nine that are not kept, one more")

    def test_no_request_holds_more_parts_than_its_sender_sends_in_a_second(self):
        self._fill(30, self.slow, purpose="marketing", body="x" * 300)
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
        delays = [delay for _batch, delay in self._next()]
        self.assertEqual(len(delays), 10)
        self.assertAlmostEqual(max(delays), 9 / (9 * 0.93), delta=0.1)
        self.assertEqual(self._next(), [])

    def test_what_is_urgent_leaves_at_once_whatever_is_booked(self):
        self._fill(20, self.slow, purpose="marketing")
        self._next()
        self.enqueue("+33612990000", sender_id=self.slow.id, purpose="otp")
        [(batch, delay)] = self._next()
        self.assertEqual(batch.rows[0]["lane"], "urgent")
        self.assertLess(delay, 0.1)

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
        delays = account._book([slow, slow, fast])
        self.assertAlmostEqual(delays[1], 1 / 0.93, delta=0.05)
        self.assertLess(delays[2], 0.05)

    def test_the_first_of_several_ways_is_taken(self):
        account = self.env["sms.hub.account"]
        usual = (("key", 1, 1),)
        account._book([[usual], [usual]])
        [delay] = account._book([[(("key:urgent", 1, 1),), usual]])
        self.assertLess(delay, 0.05)
        [delay] = account._book([[(("key:urgent", 1, 1),), usual]])
        self.assertAlmostEqual(delay, 1 / 0.93, delta=0.1)

    def test_without_rates_nothing_waits_and_nothing_is_stored(self):
        account = self.env["sms.hub.account"].sudo()
        before = account.search_count([])
        self.assertEqual(account._book([[()], [()]]), [0.0, 0.0])
        self.assertEqual(account.search_count([]), before)
        self.assertEqual(account._rooms({}, 1), {})
