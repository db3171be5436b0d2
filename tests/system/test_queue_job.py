"""A real job runner hands the texts over, and leaves nothing undone when it is gone."""

from collections.abc import Iterator

import pytest

from dev import databases
from dev.stack import Stack
from tests.crash.runner import QUEUE_JOB
from tests.system.hub import (
    connect,
    numbers,
    runner_takes,
    share_the_work,
    states,
    text_leads,
    wait_until,
)
from tests.system.test_thousand import send_a_thousand
from tests.system.world import World, new_world

DONE = "SELECT DISTINCT channel FROM queue_job WHERE state = 'done' ORDER BY channel"


@pytest.fixture
def world(queue_stack: Stack, tmp_path) -> Iterator[World]:
    """A copy of the template with the job queue, and what runs on it."""
    template = databases.full_template(queue_stack)
    with new_world(queue_stack, template, tmp_path) as found:
        yield found


def start(world: World, channels: str = ""):
    """Start Odoo in processes, with a runner beside them."""
    changed = {"ODOO_QUEUE_JOB_CHANNELS": channels} if channels else {}
    return world.start_odoo(
        {**QUEUE_JOB.environment, **changed},
        server_wide_modules="base,web,queue_job",
        **QUEUE_JOB.configured(),
    )


def test_a_thousand_texts_leave_through_jobs(world, start_simulator):
    platform = start_simulator("--mixed", "--dlr-after", "1")
    client = start(world).login()
    share_the_work(client, 2)
    assert runner_takes(world.database, 5), "the runner takes over"
    send_a_thousand(client, platform, world.database)
    channels = {row[0] for row in world.database.query(DONE)}
    assert "root.sms_hub.transactional" in channels
    assert "root.sms_hub.events" in channels
    [[failed]] = world.database.query(
        "SELECT count(*) FROM queue_job WHERE state = 'failed'"
    )
    assert failed == "0"


def test_without_a_runner_the_scheduled_actions_go_on(world, start_simulator):
    platform = start_simulator()
    server = start(world)
    assert runner_takes(world.database, 4), "the runner takes over"
    server.stop()
    client = start(world, channels="root:0").login()
    connect(client, platform.url)
    text_leads(client, numbers(3), "transactional")
    assert runner_takes(world.database, 0), "its actions are given back"
    settled = {"accepted", "delivered"}
    assert wait_until(lambda: set(states(world.database)) <= settled, 150)
