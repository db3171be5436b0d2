from odoo import http
from odoo.http import request

from odoo.addons.mass_mailing_sms.controllers.main import MailingSMSController

from ..models.phone_blacklist import OptOut


class HubMailingSMSController(MailingSMSController):
    """Core's opt-out page: what is refused there, the person refused alone."""

    @http.route()
    def blacklist_number(self, mailing_id, trace_code, **post):
        """Override of `mass_mailing_sms`: tell the blacklist whose act it is.

        Core checks the code and the number before it adds anything.
        """
        mailing = request.env["mailing.mailing"].sudo().browse(mailing_id).exists()
        company = mailing.hub_company_id or request.env.company
        words = request.env._(
            "On the opt-out page of the mailing “%(mailing)s”",
            mailing=mailing.display_name or "",
        )
        request.update_context(hub_opt_out=OptOut(company.id, words))
        return super().blacklist_number(mailing_id, trace_code, **post)
