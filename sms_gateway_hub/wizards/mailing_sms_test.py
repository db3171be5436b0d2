from odoo import models


class MailingSmsTest(models.TransientModel):
    """The door of test mailings: one message each, through the mailing's gateway."""

    _inherit = "mailing.sms.test"

    def action_send_sms(self):
        """Override of `mass_mailing_sms`: queue once, in the mailing's own company."""
        company = self.mailing_id.hub_company_id
        wizard = self.with_company(company).with_context(
            default_hub_door="mailing_test",
            default_hub_company_id=company.id,
        )
        return super(MailingSmsTest, wizard).action_send_sms()
