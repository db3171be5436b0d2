from odoo import api, fields, models


class SmsHubRuleMixin(models.AbstractModel):
    """Rows that bind every text, kept in memory by the gate.

    Rows without a company hold for every company. They may only be changed by an
    administrator; managers add rows of their own company, which hold in addition.
    """

    _name = "sms.hub.rule.mixin"
    _description = "Row that binds texts"

    company_id = fields.Many2one(
        "res.company",
        index=True,
        copy=False,
        default=lambda self: self.env.company,
        help="Empty: holds for every company.",
    )
    active = fields.Boolean(default=True)
    may_edit = fields.Boolean(compute="_compute_may_edit")

    @api.depends("company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_edit(self):
        for row in self:
            row.may_edit = not row._origin or row._origin.has_access("write")

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what was kept in memory no longer holds."""
        rows = super().create(vals_list)
        self._forget()
        return rows

    def write(self, vals):
        """Override: nobody hands a row to a company they may not decide for."""
        result = super().write(vals)
        if "company_id" in vals:
            self.check_access("write")
        self._forget()
        return result

    def unlink(self):
        """Override: what was kept in memory no longer holds."""
        result = super().unlink()
        self._forget()
        return result

    def _forget(self):
        """Clear the cache now and once the change is visible to everybody.

        Another thread may fill it between the two with what it still sees.
        """
        registry = self.env.registry
        registry.clear_cache()
        self.env.cr.postcommit.add(registry.clear_cache)
