from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import HubCommon


@tagged("post_install", "-at_install")
class TestBalances(HubCommon):
    """What is left on the accounts, asked for once a while and kept."""

    def test_the_balance_is_asked_for_and_kept(self):
        balances = self.env["sms.hub.balance"].sudo()
        balances._run()
        row = balances.search([("gateway_id", "=", self.gateway.id)])
        self.assertEqual((row.name, row.amount), ("Sandbox", 1000.0))
        self.assertEqual(self.gateway.sudo().balance, "Sandbox: 1000")
        self.assertEqual(
            balances._latest(self.gateway),
            {self.gateway.id: [("Sandbox", 1000.0, None)]},
        )

    def test_old_balances_are_forgotten(self):
        balances = self.env["sms.hub.balance"].sudo()
        with freeze_time("2020-01-01"):
            balances._run()
        balances._run()
        balances._gc_old()
        rows = balances.search([("gateway_id", "=", self.gateway.id)])
        self.assertEqual(len(rows), 1)
        self.assertGreater(rows.checked_at.year, 2020)

    def test_one_platform_in_trouble_leaves_the_others(self):
        other = self._new_gateway(self._new_company("Elsewhere"))
        asked = []

        def ask(gateway, client=None):
            asked.append(gateway)
            if gateway == self.gateway:
                raise ValueError("A provider's own bug")

        with (
            patch.object(self.env.registry["sms.hub.gateway"], "_ask_balance", ask),
            mute_logger("odoo.addons.sms_gateway_hub.models.sms_hub_balance"),
        ):
            self.env["sms.hub.balance"].sudo()._run()
        self.assertIn(other, asked)
