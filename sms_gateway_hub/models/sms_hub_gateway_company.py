from odoo import api, models
from odoo.tools import ormcache


class SmsHubGateway(models.Model):
    """Which gateway takes a company's messages: asked for every SMS, so remembered."""

    _inherit = "sms.hub.gateway"

    @api.model
    def _for_company(self, company):
        """Return the first gateway that takes this company's messages, or none.

        Until somebody activates one, everything stays as it is without this addon.
        Of several the router chooses, message by message.
        """
        return self.sudo().browse(self._id_by_company().get(company.id, ()))

    def _makes_wait(self):
        """Tell whether texts wait here for a person, so that others go before it."""
        self.ensure_one()
        return self.state == "paused" or self.test_mode

    @api.model
    def _anybody_sends(self):
        """Tell whether any company has a gateway; costs no query."""
        return bool(self._id_by_company())

    @api.model
    @ormcache()
    def _id_by_company(self):
        # one dict for all companies: those without a gateway cost nothing at all
        gateways = self.sudo().search_fetch([("state", "!=", "draft")], ["company_id"])
        return {
            company.id: group[:1].id
            for company, group in gateways.grouped("company_id").items()
        }

    @ormcache("self.id")
    def _owner_id(self):
        """Return the id of the gateway's company; costs no query."""
        return self.sudo().company_id.id

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: data and demo may create a gateway that is active."""
        gateways = super().create(vals_list)
        gateways._forget_who_sends()
        return gateways

    def write(self, vals):
        """Override of `base`: gateways change seldom, and much of them is remembered.

        Who sends and who may report, and each provider's own settings.
        """
        result = super().write(vals)
        self._forget_who_sends()
        return result

    def unlink(self):
        """Override of `base`: nobody sends through a deleted gateway."""
        self._forget_who_sends()
        return super().unlink()

    def _forget_who_sends(self):
        """Let every worker ask again which gateway takes a company's messages."""
        self.env.registry.clear_cache()
        # another thread may meanwhile remember what was true before the commit
        self.env.cr.postcommit.add(self.env.registry.clear_cache)
