from odoo import fields, models


class IrCron(models.Model):
    """A scheduled action of the hub, run as jobs while a job runner is at work."""

    _inherit = "ir.cron"

    hub_by_runner = fields.Boolean(
        "Done by the Job Runner",
        readonly=True,
        copy=False,
        help="Switched off here because jobs do its work.",
    )

    def _hub_run_as_job(self, lane=None):
        """Do as a job what the scheduled action would do.

        :param lane: the only one that a dispatcher serves in this job
        """
        self.ensure_one()
        known = self.with_context(lastcall=self.lastcall)
        if lane:
            known.env["sms.hub.dispatcher"]._run_slice((lane,))
        else:
            known.ir_actions_server_id.run()
        runner = self.env["sms.hub.runner"]
        runner._hub_run(lambda one, cron_id: one._note_run(cron_id), self.id)
