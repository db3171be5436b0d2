"""One text on trial, however many workers ask at once: only real transactions tell."""

import threading

from odoo import fields
from odoo.tests import tagged

from .race_common import RaceCase

WORKERS, TEXTS = 8, 12


@tagged("post_install", "-at_install")
class TestTrialRace(RaceCase):
    """A paused sender whose next trial is due, and texts that wait for it."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_pause)
        with self._env() as env:
            sender = env["sms.hub.sender"].create(
                {"name": "+33700000001", "gateway_id": self.gateway_id}
            )
            self.sender_id = sender.id
        self.ids = []
        for turn in range(TEXTS):
            self.ids += self._fill(1, f"+3361231{turn:04}")
        with self._env() as env:
            pause = env["sms.hub.sender.pause"]._begin(
                env["sms.hub.sender"].browse(self.sender_id),
                env.ref("base.fr"),
                "filtered",
                until=fields.Datetime.now(),
            )
            self.pause_id = pause.id

    def _clean_pause(self):
        with self._env() as env:
            about = [("sender_id", "=", self.sender_id)]
            env["sms.hub.alarm"].search(about).unlink()
            env["sms.hub.sender.pause"].search(about).unlink()

    def _pause(self, env):
        return env["sms.hub.sender.pause"].browse(self.pause_id)

    def _all_at_once(self, function):
        """Run a function in all workers, which begin in the same moment."""
        gate = threading.Barrier(WORKERS)

        def work():
            gate.wait(timeout=30)
            return function()

        return self._in_parallel(work, WORKERS)

    def _start(self):
        with self._env() as env:
            return env["sms.hub.sender.pause"]._start_probes()

    def test_workers_that_ask_at_once_begin_one_trial_and_hand_over_one_text(self):
        self.assertEqual(sorted(self._all_at_once(self._start))[-2:], [False, True])
        with self._env() as env:
            pause = self._pause(env)
            trial = pause.probe_id.id
            self.assertEqual(pause.state, "probing")
            self.assertIn(trial, self.ids)
        claimed = [row for rows in self._all_at_once(self._claim_now) for row in rows]
        self.assertEqual(claimed, [trial])
        self.assertEqual(
            self._states(self.ids),
            {("claimed", None): 1, ("held", "sender_paused"): TEXTS - 1},
        )
        self.assertFalse(any(self._all_at_once(self._start)), "one is on its way")

    def test_who_comes_while_a_trial_is_being_chosen_chooses_none(self):
        with self._own() as first:
            self.assertTrue(first["sms.hub.sender.pause"]._start_probe(self.pause_id))
            with self._own() as second:
                second.cr.execute("SET LOCAL lock_timeout = '2s'")
                pauses = second["sms.hub.sender.pause"]
                self.assertFalse(pauses._start_probe(self.pause_id))
        with self._own() as third:
            self.assertFalse(third["sms.hub.sender.pause"]._start_probe(self.pause_id))

    def test_a_trial_that_was_not_begun_after_all_leaves_the_next_one_free(self):
        with self._own() as first:
            self.assertTrue(first["sms.hub.sender.pause"]._start_probe(self.pause_id))
            first.cr.rollback()
        self.assertEqual(self._claim_now(), [])
        self.assertTrue(self._start())
        with self._env() as env:
            trial = self._pause(env).probe_id
            self.assertEqual(trial.state, "queued")
            self.assertIn(trial.id, self.ids)
