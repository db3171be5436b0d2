from odoo.tests import TransactionCase, tagged
@tagged("post_install", "-at_install")
class TestSmoke(TransactionCase):
    def test_it(self):
        gw = self.env["sms.hub.gateway"].create({"name": "Sandbox"})
        gw.action_activate()
        lead = self.env["crm.lead"].create({"name": "x", "phone": "+33612345678"})
        lead._message_sms("hello")
        m = self.env["sms.hub.message"].search([])
        self.assertEqual(m.state, "queued")
