from odoo.tests import HttpCase, tagged

from ..gateway.vocabulary import ErrorClass
from .common import LANDLINE, MOBILE, HubCommon


@tagged("post_install", "-at_install")
class TestTours(HubCommon, HttpCase):
    """What people do in the browser, click by click."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway.sender = "SANDBOX"

    def _tour_on_lead(self, tour):
        self.start_tour(f"/odoo/crm.lead/{self.lead.id}", tour, login="hub_user")

    def test_a_text_from_a_lead_is_seen_until_it_is_delivered_and_answered(self):
        self._tour_on_lead("sms_hub_send_from_lead")
        message = self.messages()
        self.assertEqual((message.state, message.number), ("queued", MOBILE))
        self.assertEqual(message.author_id, self.hub_user)
        self.dispatch()
        self.report(message)
        self.mirror()
        self.assertEqual(message.state, "delivered")
        reply = self.reply(MOBILE, "Eleven would be better.")
        self.assertEqual(reply._get_record(), self.lead)
        self._tour_on_lead("sms_hub_result_on_lead")

    def test_a_failure_is_told_in_words_on_the_lead(self):
        message = self._text_from_lead()
        self.dispatch()
        self.report(message, "UNDELIV", error_class=ErrorClass.HANDSET)
        self.mirror()
        self.assertEqual(message.state, "failed")
        self._tour_on_lead("sms_hub_failure_on_lead")

    def _text_from_lead(self):
        self.lead.with_user(self.hub_user)._message_sms("Can we move our call?")
        return self.messages()

    def test_test_connection_shows_the_balance(self):
        self._new_user("hub_admin", "sms_gateway_hub.group_administrator")
        self.assertFalse(self.gateway.balance)
        url = f"/odoo/action-sms_gateway_hub.sms_hub_gateway_action/{self.gateway.id}"
        self.start_tour(url, "sms_hub_test_connection", login="hub_admin")
        self.assertEqual(self.gateway.balance, "Sandbox: 1000")

    def test_free_numbers_are_texted_from_the_app(self):
        self.start_tour("/odoo/sms-messages", "sms_hub_new_text", login="hub_user")
        messages = self.messages()
        self.assertEqual(set(messages.mapped("number")), {MOBILE, "+33612345679"})
        self.assertEqual(set(messages.mapped("body")), {"We are closed on Friday."})
        self.assertEqual(set(messages.mapped("door")), {"numbers"})

    def test_a_selection_is_looked_at_before_it_is_texted(self):
        self.env["crm.lead"].search([]).action_archive()
        self.env["crm.lead"].create(
            [
                {
                    "name": f"Forecast {name}",
                    "phone": phone,
                    "type": "opportunity",
                    "user_id": self.hub_manager.id,
                }
                for name, phone in (
                    ("good", MOBILE),
                    ("landline", LANDLINE),
                    ("without number", False),
                )
            ]
        )
        self.start_tour(
            "/odoo/action-crm.crm_lead_opportunities",
            "sms_hub_forecast_of_selection",
            login="hub_manager",
        )
        reasons = self.messages().mapped("reason")
        self.assertEqual(
            sorted(map(str, reasons)), ["False", "number_landline", "number_missing"]
        )

    def test_a_manager_releases_a_text_with_a_reason(self):
        text = self.enqueue()._move("hold", reason="quiet_hours", not_before=None)
        self.start_tour("/odoo/sms-blocked", "sms_hub_release", login="hub_manager")
        self.assertEqual(text.state, "queued")
        self.assertEqual(text.release_note, "The customer asked for it")
