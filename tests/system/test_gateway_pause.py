"""A gateway that somebody pauses while four workers send and the platform is slow."""

import json
import sys
import time

from tests.system.hub import connect, control, numbers, states, wait_until

WORKERS, TEXTS = 4, 400


def handed_over(platform) -> int:
    """Return how many texts the platform took."""
    return len(platform.accepted.read_text().splitlines())


def test_nothing_is_claimed_after_a_gateway_was_paused(
    start_odoo, start_simulator, database
):
    platform = start_simulator()
    control(platform.url, latency_ms=5000)
    client = start_odoo(workers=2, max_cron_threads=WORKERS).login()
    settings = client.call(
        "res.config.settings", "create", [{"hub_dispatcher_count": str(WORKERS)}]
    )
    client.call("res.config.settings", "execute", settings)
    gateway = connect(client, platform.url, read_timeout=20)
    client.call(
        "sms.sms",
        "create",
        [
            {"number": number, "body": f"Text {turn}"}
            for turn, number in enumerate(numbers(TEXTS))
        ],
    )
    assert wait_until(lambda: states(database).get("claimed", 0) > 20, 60, 0.1)

    client.call("sms.hub.gateway", "action_pause", [gateway])
    [[committed]] = database.query("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    assert wait_until(
        lambda: set(states(database)) <= {"queued", "accepted", "delivered"}, 60
    ), states(database)
    time.sleep(3)
    [[late]] = database.query(
        "SELECT count(*) FROM sms_hub_message"
        f" WHERE claimed_at > '{committed}'::timestamp + INTERVAL '2 s'"
    )
    taken = handed_over(platform)
    sys.stdout.write(f"{taken} handed over; {late} claimed 2 s after the pause\n")
    assert int(late) == 0
    assert 20 < taken < TEXTS
    assert states(database)["queued"] == TEXTS - taken

    control(platform.url, latency_ms=20)
    client.call("sms.hub.gateway", "action_activate", [gateway])
    assert wait_until(lambda: handed_over(platform) == TEXTS, 120), states(database)
    texts = [json.loads(line) for line in platform.accepted.read_text().splitlines()]
    assert len({one["number"] for one in texts}) == TEXTS, "each of them once"
