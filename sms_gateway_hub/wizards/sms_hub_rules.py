from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import clean_context

#: When a second person is needed: not for those to say whom it would stop.
_FOUR_EYES = (
    *("hub_user_daily_limit", "hub_approval_above", "hub_approval_parts"),
    "hub_daily_spend",
)


class SmsHubRules(models.TransientModel):
    """The rules of a company, for managers, who may not open Odoo's settings.

    What is saved here goes to the company, of which a manager may otherwise change
    nothing; so it is written with full rights, and only the fields on this screen are.
    """

    _name = "sms.hub.rules"
    _inherit = ["sms.hub.company.rules"]
    _description = "Rules on SMS"

    hub_may_set_limits = fields.Boolean(
        compute="_compute_hub_may_set_limits",
        default=lambda self: self._may_set_limits(),
    )

    @api.depends_context("uid")
    def _compute_hub_may_set_limits(self):
        self.hub_may_set_limits = self._may_set_limits()

    def _may_set_limits(self):
        """Tell whether the user says when a second person is needed.

        A manager launches large sendings, and would lift the limit for one's own.
        """
        return self.env.user.has_group("sms_gateway_hub.group_administrator")

    @api.model_create_multi
    def create(self, vals_list):
        """Override: write the company's fields with full rights, after asking who."""
        self.check_access("create")
        for vals in vals_list:
            self._check_company_of(vals)
            self._check_limits(vals)
        # defaults in a context would be written like values, and asked about by nobody
        env = self.env(su=True, context=clean_context(self.env.context))
        return (
            super(SmsHubRules, self.with_env(env)).create(vals_list).with_env(self.env)
        )

    def write(self, vals):
        """Override: write the company's fields with full rights, after asking who."""
        self.check_access("write")
        self._check_company_of(vals)
        self._check_limits(vals)
        return super(SmsHubRules, self.sudo()).write(vals)

    def _check_company_of(self, vals):
        """Refuse a company that the user does not work for."""
        asked = vals.get("company_id", self.env.company.id)
        if asked not in self.env.user._get_company_ids():
            raise AccessError(
                self.env._("You can only change the rules of your own companies.")
            )

    def _check_limits(self, vals):
        """Let administrators alone change when a second person is needed."""
        if not self._may_set_limits() and not vals.keys().isdisjoint(_FOUR_EYES):
            raise AccessError(
                self.env._(
                    "Only administrators of SMS Hub change when a second person is "
                    "needed. Ask one of them."
                )
            )

    def action_save(self):
        """Close the dialog; saving it has written the rules."""
        return {"type": "ir.actions.act_window_close"}
