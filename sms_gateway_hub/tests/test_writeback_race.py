"""Answers that are stored while others decide about the same people and money."""

import time
from concurrent.futures import ThreadPoolExecutor

from odoo.tests import tagged

from ..gateway.messages import SendReply, SendResult
from ..gateway.vocabulary import ErrorClass, Outcome
from ..tools.dispatch import Answer, DispatchSettings, utcnow
from .race_common import NUMBER, OTHER, RaceCase

_PATIENCE = 20


@tagged("post_install", "-at_install")
class TestWritebackRace(RaceCase):
    """An operator refuses texts that cost something, and another worker claims."""

    def setUp(self):
        super().setUp()
        with self._env() as env:
            price = env["sms.hub.price"].create(
                {"company_id": self.company_id, "price": 0.05}
            )
            self.price_id = price.id

    def _clean(self, *settings):
        """Override: prices and what was counted go too."""
        with self._env() as env:
            env["sms.hub.price"].browse(self.price_id).unlink()
            env.cr.execute("DELETE FROM sms_hub_spend")
        return super()._clean(*settings)

    def _refused_by_operator(self, env, settings):
        """Claim what waits; return what a platform says that refuses one text.

        The other one missed its moment.
        """
        batches = env["sms.hub.dispatcher"]._claim_batches(settings, busy=0).work
        return [
            Answer(batch, self._refusal(batch), utcnow(), utcnow()) for batch in batches
        ]

    def _refusal(self, batch):
        [message] = batch.messages
        if message.number == OTHER:
            return None
        refused = {"outcome": Outcome.REJECTED, "error_class": ErrorClass.CONSENT}
        return SendReply((SendResult(message.reference, **refused),))

    def _store(self, settings, answers):
        """Store answers in a transaction of its own, and undo it."""
        with self._env() as env, env["sms.hub.transaction"]._hub_cursor() as cr:
            env(cr=cr)["sms.hub.writeback"]._store(settings, answers)
            cr.rollback()

    def _wait_until_it_waits(self):
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            with self._env() as env:
                env.cr.execute(
                    "SELECT 1 FROM pg_locks AS l JOIN pg_database AS d"
                    " ON d.oid = l.database WHERE l.locktype = 'advisory'"
                    " AND NOT l.granted AND d.datname = current_database()"
                )
                if env.cr.fetchone():
                    return
            time.sleep(0.02)
        self.fail("Nobody waits for the number.")

    def test_a_claim_that_counts_money_is_not_waited_for_in_a_circle(self):
        self._fill(1)
        self._fill(1, OTHER)
        with self._env() as env:
            settings = DispatchSettings(self._gateway(env))
            answers = self._refused_by_operator(env, settings)
            self.assertEqual(len(answers), 2)
        with ThreadPoolExecutor(1) as pool:
            with self._own() as claim:
                claim["sms.hub.number.lock"]._share([NUMBER])
                stored = pool.submit(self._store, settings, answers)
                self._wait_until_it_waits()
                spend = claim["sms.hub.spend"]
                claim.cr.execute("SELECT key FROM sms_hub_spend")
                keys = [key for (key,) in claim.cr.fetchall()]
                self.assertTrue(keys, "the claimed text was counted")
                spend._spent(keys, lock=True)
            stored.result(timeout=_PATIENCE)
