from odoo import api, fields, models


class SmsHubLawMixin(models.AbstractModel):
    """A rule with the reason it stands on: shipped ones, and those people add.

    Rows without a company hold for every company. They may only be changed by an
    administrator; a company adds stricter ones of its own.
    """

    _name = "sms.hub.law.mixin"
    _description = "Rule with its source"

    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: holds for every company.",
    )
    active = fields.Boolean(default=True)
    status = fields.Selection(
        [
            ("law", "Law"),
            ("regulator", "Regulator"),
            ("operator", "Operator Rule"),
            ("calls", "Law on Calls"),
            ("practice", "Usual Practice"),
        ],
        "Rests on",
        required=True,
        default="practice",
        help="Law on Calls: texts are treated as advertising calls are, to be careful.",
    )
    source = fields.Char(help="The law, the page or the person that says so.")
    source_url = fields.Char("Link to the Source")
    confidence = fields.Selection(
        [
            ("high", "Sure: the text itself, or two sources that agree"),
            ("medium", "One good source"),
            ("derived", "Worked out from other rows"),
            ("low", "Sources disagree or are weak"),
            ("unchecked", "Common knowledge, not checked"),
        ],
        default="unchecked",
        required=True,
    )
    reviewed_on = fields.Date(
        "Last Reviewed", help="When somebody last compared it with its source."
    )
    note = fields.Text()
    may_edit = fields.Boolean(compute="_compute_may_edit")

    @api.depends("company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_may_edit(self):
        for row in self:
            row.may_edit = not row._origin or row._origin.has_access("write")

    def action_reviewed(self):
        """Note that somebody compared the rows with their sources today."""
        self.write({"reviewed_on": fields.Date.context_today(self)})

    # === CACHE === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override: what was kept in memory no longer holds."""
        rows = super().create(vals_list)
        self._forget()
        return rows

    def write(self, vals):
        """Override: what was kept in memory no longer holds."""
        result = super().write(vals)
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
