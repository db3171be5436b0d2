"""What the tests of the bridge share: a runner at work, and jobs to run by hand."""

from unittest.mock import patch

from odoo.addons.queue_job.job import Job
from odoo.addons.sms_gateway_hub.models import sms_hub_dispatcher
from odoo.addons.sms_gateway_hub.tests import common
from odoo.addons.sms_gateway_hub.tools.dispatch import LANES


class RunnerMixin:
    """A job runner took over; whatever is dispatched is dispatched by jobs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        registered = cls.env.registry["sms.hub.runner"]
        cls.at_work = cls.startClassPatcher(
            patch.object(registered, "_is_at_work", return_value=True)
        )
        cls.runner = cls.env["sms.hub.runner"]
        cls.runner._run()

    def jobs(self, state="pending"):
        """Return the hub's jobs, in the order in which they run."""
        return (
            self.env["queue.job"]
            .sudo()
            .search(
                [("identity_key", "like", "sms_hub."), ("state", "=", state)],
                order="priority, id",
            )
        )

    def run_jobs(self, *channels):
        """Run the jobs that wait in channels, as the route of the job queue does it."""
        names = {f"root.sms_hub.{channel}" for channel in channels}
        for record in self.jobs().filtered(lambda one: one.channel in names):
            job = Job.load(self.env, record.uuid)
            job.set_started()
            job.func(*job.args, **job.kwargs)
            job.set_done()
            job.store()

    def dispatch(self):
        """Override of the hub's tests: jobs for what is due instead of one slice."""
        self.runner._keep_going()
        with patch.object(sms_hub_dispatcher, "SLICE_SECONDS", common._SLICE_SECONDS):
            self.run_jobs(*LANES)
        self.mirror()
