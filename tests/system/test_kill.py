"""``kill -9`` in the middle of 200 transactional messages, at five points."""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from hub import (
    LEDGER,
    connect,
    control,
    numbers,
    states,
    text_leads,
    wait_until,
    webhook_address,
)
from world import World, new_world

from dev import ports
from tests.simulator.checker import compare

MESSAGES, POOL = 200, 20
#: Connect limit + answer limit + a slice + what is claimed ahead of the rate; seconds.
LEASE = 2 + 3 + 10 + 2
ADDONS = Path(__file__).with_name("addons")
#: The point, and at which pass the worker dies there.
POINTS = {
    "before_claim_commit": 3,
    "after_claim": 3,
    "request_sent": 0,
    "before_result_commit": 4,
    "after_commit": 4,
}


@dataclass
class Recovery:
    """What was found after a kill and a restart."""

    point: str
    seconds: float
    found: dict
    findings: list
    twice: list
    unknown: int


def recover_from(point: str, world: World) -> Recovery:
    """Kill the worker at a point, start it again, and look what became of it all."""
    platform = world.start_simulator("--latency-ms", "150", "--dlr-after", "0.5")
    port = ports.free()
    server = world.start_odoo(
        {"SMS_HUB_KILL": f"{point}:{POINTS[point]}"},
        addons=ADDONS,
        server_wide_modules="base,web,sms_hub_kill_points",
        http_port=port,
    )
    client = server.login()
    gateway = connect(client, platform.url, parallel_requests=POOL)
    control(platform.url, push_url=webhook_address(client, gateway))
    text_leads(client, numbers(MESSAGES), "transactional")
    if point == "request_sent":
        assert wait_until(lambda: _accepted(platform) >= MESSAGES // 3, 60, 0.01)
        server.kill()
    assert wait_until(lambda: server.process.poll() is not None, 60), point
    assert _accepted(platform) < MESSAGES, "the worker died too late to tell"

    started = time.monotonic()
    world.start_odoo(http_port=port)
    wait_until(lambda: _is_settled(world), LEASE + 60)
    seconds = time.monotonic() - started
    log = [json.loads(line) for line in platform.accepted.read_text().splitlines()]
    sent = Counter(line["number"] for line in log)
    found = states(world.database)
    return Recovery(
        point,
        seconds,
        found,
        compare(world.database.records(LEDGER), log),
        [number for number, times in sent.items() if times > 1],
        found.get("unknown", 0),
    )


def _accepted(platform) -> int:
    return len(platform.accepted.read_bytes().splitlines())


def _is_settled(world: World) -> bool:
    return set(states(world.database)) <= {"delivered", "unknown"}


def test_a_killed_worker_loses_nothing_and_sends_nothing_twice(
    hub_stack, template, tmp_path
):
    def scenario(point):
        with new_world(hub_stack, template, tmp_path / point) as world:
            return recover_from(point, world)

    with ThreadPoolExecutor(len(POINTS)) as pool:
        recoveries = list(pool.map(scenario, POINTS))
    for one in recoveries:
        sys.stdout.write(
            f"{one.point}: settled in {one.seconds:.0f} s, {one.found}, "
            f"{len(one.twice)} sent twice, {one.unknown} unknown\n"
        )
    for one in recoveries:
        assert one.findings == [], one
        assert one.twice == [], one
        assert one.unknown <= POOL, one
        assert one.found.get("delivered", 0) + one.unknown == MESSAGES, one
        assert one.seconds <= LEASE + 60, one
