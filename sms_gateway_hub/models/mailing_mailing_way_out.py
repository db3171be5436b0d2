from odoo import models


class MailingMailing(models.Model):
    """Counts the parts of a text with the link that its recipients get."""

    _inherit = "mailing.mailing"

    def get_sms_link_replacements_placeholders(self):
        """Override of `mass_mailing_sms`: our line is longer than core's."""
        result = super().get_sms_link_replacements_placeholders()
        company = self.hub_company_id or self.env.company
        if self.env["sms.hub.gateway"]._for_company(company):
            links = self.env["sms.hub.choice.link"]
            line = links._line(links._new_token(), self.env.lang)
            result["unsubscribe"] = f"\n{line}"
        return result
