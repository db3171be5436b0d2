from odoo import api, fields, models


class IrCron(models.Model):
    """Remembers when Odoo itself switched a scheduled action off."""

    _inherit = "ir.cron"

    hub_stopped_at = fields.Datetime(
        "Switched Off by Odoo On",
        readonly=True,
        copy=False,
        help="Odoo switches a scheduled action off that fails for a week.",
    )

    @api.model
    def _update_failure_count(self, job, status):
        """Override of `base`: Odoo keeps no trace of switching an action off."""
        result = super()._update_failure_count(job, status)
        self.env.cr.execute(
            """
            UPDATE ir_cron SET hub_stopped_at = clock_timestamp() AT TIME ZONE 'UTC'
             WHERE id = %s AND NOT active AND hub_stopped_at IS NULL
            """,
            [job["id"]],
        )
        return result

    def write(self, vals):
        """Override of `base`: whoever switches it on or off by hand knows of it."""
        if "active" in vals:
            vals = {**vals, "hub_stopped_at": False}
        return super().write(vals)
