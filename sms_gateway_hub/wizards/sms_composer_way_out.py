from odoo import api, models


class SmsComposer(models.TransientModel):
    """Mailings link to our page of choices instead of core's.

    Core's link names the mailing and three characters, asks for the phone number, tells
    whether it is on the list, and acts on a mere visit.
    """

    _inherit = "sms.composer"

    def _get_unsubscribe_url(self, mailing_id, trace_code):
        """Override of `mass_mailing_sms`: a place for the recipient's own link.

        The ledger puts the link there, as it knows the recipient's language.
        """
        mailing = self.mailing_id or self.env["mailing.mailing"].browse(mailing_id)
        if mailing._hub_ours():
            return self.env["sms.hub.choice.link"]._blank_url()
        return super()._get_unsubscribe_url(mailing_id, trace_code)

    @api.model
    def _get_unsubscribe_info(self, url):
        """Override of `mass_mailing_sms`: our place is for the whole line."""
        if url == self.env["sms.hub.choice.link"]._blank_url():
            return url
        return super()._get_unsubscribe_info(url)
