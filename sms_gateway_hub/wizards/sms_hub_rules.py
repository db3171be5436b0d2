from odoo import api, models
from odoo.exceptions import AccessError


class SmsHubRules(models.TransientModel):
    """The rules of a company, for managers, who may not open Odoo's settings.

    What is saved here goes to the company, of which a manager may otherwise change
    nothing; so it is written with full rights, and only the fields on this screen are.
    """

    _name = "sms.hub.rules"
    _inherit = ["sms.hub.company.rules"]
    _description = "Rules on SMS"

    @api.model_create_multi
    def create(self, vals_list):
        """Override: write the company's fields with full rights, after asking who."""
        self.check_access("create")
        for vals in vals_list:
            self._check_company_of(vals)
        return super(SmsHubRules, self.sudo()).create(vals_list).with_env(self.env)

    def write(self, vals):
        """Override: write the company's fields with full rights, after asking who."""
        self.check_access("write")
        self._check_company_of(vals)
        return super(SmsHubRules, self.sudo()).write(vals)

    def _check_company_of(self, vals):
        """Refuse a company that the user does not work for."""
        asked = vals.get("company_id", self.env.company.id)
        if asked not in self.env.user._get_company_ids():
            raise AccessError(
                self.env._("You can only change the rules of your own companies.")
            )

    def action_save(self):
        """Close the dialog; saving it has written the rules."""
        return {"type": "ir.actions.act_window_close"}
