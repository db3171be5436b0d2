"""Who starts the work of the hub: Odoo's scheduled actions, or a job runner."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, eq=False)
class Runner:
    """What servers need for it.

    :param apart: its databases have addons of others.
    :param modules: loaded by every server.
    :param settings: of Odoo's configuration, before those of a scenario.
    :param takes_over: how many scheduled actions it does the work of, beside those that
        hand over.
    :param delay: seconds that its work may begin later than a scheduled action.
    :param job_workers: how many of a server's workers its jobs may take; it has so many
        more of them.
    :param at_work: the statement that counts who hands over transactional texts.
    :param worlds: how many at the same time a PostgreSQL has connections for; most of
        the time they wait for a lease to end.
    """

    name: str
    apart: bool = False
    modules: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    takes_over: int = 0
    delay: int = 0
    job_workers: int = 0
    at_work: str = "SELECT 1"
    worlds: int = 2 * (os.cpu_count() or 1) + 1

    def configured(self, **settings: Any) -> dict[str, Any]:
        """Return Odoo's settings for a scenario's, with workers for the jobs."""
        found = {**self.settings, **settings}
        return {**found, "workers": found["workers"] + self.job_workers}


CRONS = Runner("crons", settings={"workers": 2, "max_cron_threads": 2})
#: Room for all lanes and for reports at the same time.
_JOBS = 6
QUEUE_JOB = Runner(
    "queue_job",
    apart=True,
    modules=("queue_job",),
    settings={"workers": 2, "max_cron_threads": 1},
    environment={"ODOO_QUEUE_JOB_CHANNELS": f"root:{_JOBS},root.sms_hub:{_JOBS}"},
    takes_over=3,
    # a scheduled action adds the job, which waits for the runner and for a worker
    delay=15,
    job_workers=_JOBS,
    # one that was asked for while another runs does not wait for its end
    at_work="SELECT count(*) FROM queue_job WHERE state = 'started' "
    "AND channel = 'root.sms_hub.transactional'",
    worlds=os.cpu_count() or 1,
)
RUNNERS = {runner.name: runner for runner in (CRONS, QUEUE_JOB)}
