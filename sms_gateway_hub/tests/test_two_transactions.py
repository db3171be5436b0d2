from concurrent.futures import ThreadPoolExecutor

from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .race_common import NUMBER, RaceCase


@tagged("post_install", "-at_install")
class TestTwoTransactions(RaceCase):
    """What only two real transactions can show."""

    def _clean(self, *settings):
        """Override: what core was sending goes too."""
        with self._env() as env:
            env["sms.sms"].search([("body", "=", "At core")]).unlink()
        return super()._clean(*settings)

    def _ask(self, env):
        return env["sms.hub.message"]._enqueue(
            [
                {
                    "company": self._gateway(env).company_id,
                    "door": "queue",
                    "number": NUMBER,
                    "body": "Hello",
                    "key": "order-7",
                }
            ]
        )

    def _at_core(self, env):
        """Leave a text in core's queue; return the id of its row."""
        return env["sms.sms"].create({"number": NUMBER, "body": "At core"}).id

    @mute_logger("odoo.sql_db")
    def test_the_slower_one_is_repeated_and_then_finds_the_faster_ones_row(self):
        def ask_too():
            with self._env() as env:
                env["res.company"].search([])  # its view of the world begins here
                begun.append(True)
                return self._ask(env).id

        begun = []
        with ThreadPoolExecutor(1) as pool:
            with self._env() as env:
                first = self._ask(env).id
                slower = pool.submit(ask_too)
                while not begun or not self._somebody_waits():
                    self.assertFalse(slower.done(), "it has to wait for the key")
            with self.assertRaises(ConcurrencyError):
                slower.result(timeout=10)
            self.assertEqual(pool.submit(ask_too).result(timeout=10), first)

    def _somebody_waits(self):
        with self._env() as env:
            env.cr.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock' AND query ILIKE '%sms_hub_key%'"
            )
            return bool(env.cr.fetchone())

    def test_what_core_is_sending_during_the_activation_stays_cores(self):
        with self._env() as env:
            self._gateway(env).action_deactivate()
            sms_id = self._at_core(env)
        with self._env() as core:
            self.assertTrue(core["sms.sms"].browse(sms_id).try_lock_for_update())
            with self._env() as env:
                self._gateway(env).action_activate()
            core["sms.sms"].browse(sms_id).state = "pending"
        with self._env() as env:
            env["sms.sms"]._hub_adopt_waiting()
            self.assertFalse(env["sms.sms"].browse(sms_id).hub_managed)
            self.assertFalse(
                env["sms.hub.message"].search([("gateway_id", "=", self.gateway_id)])
            )

    def test_what_core_did_not_get_rid_of_is_adopted_afterwards(self):
        with self._env() as env:
            self._gateway(env).action_deactivate()
            sms_id = self._at_core(env)
        with self._env() as core:
            core["sms.sms"].browse(sms_id).try_lock_for_update()
            with self._env() as env:
                self._gateway(env).action_activate()
            core.cr.rollback()
        with self._env() as env:
            env["sms.sms"]._hub_adopt_waiting()
            sms = env["sms.sms"].browse(sms_id)
            self.assertEqual(sms._hub_messages().state, "queued")
