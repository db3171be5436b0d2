import json
from pathlib import Path

from odoo.tests import BaseCase, tagged

from odoo.addons.sms_gateway_hub.gateway import ErrorClass, Outcome, ReportState
from odoo.addons.sms_gateway_hub.gateway.contract import NOW, GatewayClientContract

from ..gateway import ToyClient


@tagged("post_install", "-at_install")
class TestToyContract(GatewayClientContract, BaseCase):
    """The toy platform keeps the promises of all gateways, and speaks its own words."""

    client_class = ToyClient
    fixtures = Path(__file__).parent / "fixtures"

    def test_the_key_travels_in_a_header_only(self):
        self.send_many(self.accepted())
        (request,) = self.carrier.requests
        self.assertTrue(request.headers["Authorization"].startswith("Bearer "))
        self.assertNotIn(self.account.api_key, json.dumps(request.json) + request.path)

    def test_answers_are_found_by_our_reference_in_any_order(self):
        results = self.send_many(self.reply("accepted_many")).results
        self.assertEqual(
            [result.message_id for result in results], ["t-0a7", "t-1a7", "t-2a7"]
        )

    def test_errors_are_sorted(self):
        (result,) = self.send_one(self.reply("rejected_one")).results
        self.assertEqual(
            (result.outcome, result.error_class, result.code),
            (Outcome.REJECTED, ErrorClass.NUMBER, "no_phone"),
        )
        for result in self.send_many(self.reply("refused_request")).results:
            self.assertEqual(result.error_class, ErrorClass.SENDER)

    def test_states_are_sorted(self):
        reports = self.make_client(self.reply("reports")).fetch_reports("b-1", NOW)
        self.assertEqual(
            [report.state for report in reports],
            [ReportState.DELIVERED, ReportState.FAILED, ReportState.ACCEPTED],
        )
