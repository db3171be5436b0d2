from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTwoTransactions(BaseCase):
    """What only two real transactions can show."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self._env() as env:
            kept = env["sms.hub.gateway"].search([("state", "!=", "draft")])
            kept.action_deactivate()
            gateway = env["sms.hub.gateway"].create({"name": "Concurrency"})
            gateway.action_activate()
            self.company_id = gateway.company_id.id
            self.gateway_id = gateway.id
            countries = gateway.company_id.hub_country_ids
            gateway.company_id.hub_country_ids = env.ref("base.fr")
        self.addCleanup(self._clean, gateway.id, kept.ids, countries.ids)

    def _clean(self, gateway_id, kept_ids, country_ids):
        with self._env() as env:
            company = env["res.company"].browse(self.company_id)
            company.hub_country_ids = env["res.country"].browse(country_ids)
            env.cr.execute(
                "DELETE FROM sms_hub_key WHERE message_id IN"
                " (SELECT id FROM sms_hub_message WHERE gateway_id = %s)",
                [gateway_id],
            )
            env.cr.execute(
                "DELETE FROM sms_hub_message WHERE gateway_id = %s", [gateway_id]
            )
            env["sms.sms"].search([("body", "=", "At core")]).unlink()
            gateway = env["sms.hub.gateway"].browse(gateway_id)
            gateway.action_deactivate()
            gateway.unlink()
            env["sms.hub.gateway"].browse(kept_ids).action_activate()

    @contextmanager
    def _env(self):
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _ask(self, env):
        return env["sms.hub.message"]._enqueue(
            [
                {
                    "company": env["res.company"].browse(self.company_id),
                    "door": "queue",
                    "number": "+33612345678",
                    "body": "Hello",
                    "key": "order-7",
                }
            ]
        )

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

    def _gateway(self, env):
        return env["sms.hub.gateway"].browse(self.gateway_id)

    def test_what_core_is_sending_during_the_activation_stays_cores(self):
        with self._env() as env:
            self._gateway(env).action_deactivate()
            sms_id = (
                env["sms.sms"].create({"number": "+33612345678", "body": "At core"}).id
            )
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
            sms_id = (
                env["sms.sms"].create({"number": "+33612345678", "body": "At core"}).id
            )
        with self._env() as core:
            core["sms.sms"].browse(sms_id).try_lock_for_update()
            with self._env() as env:
                self._gateway(env).action_activate()
            core.cr.rollback()
        with self._env() as env:
            env["sms.sms"]._hub_adopt_waiting()
            sms = env["sms.sms"].browse(sms_id)
            self.assertEqual(sms._hub_messages().state, "queued")
