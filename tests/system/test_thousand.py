"""A thousand texts to a platform that answers in every way there is."""

import json

from tests.simulator.checker import compare
from tests.system.hub import (
    LEDGER,
    connect,
    control,
    numbers,
    share_the_work,
    states,
    text_leads,
    wait_until,
    webhook_address,
)

#: Nothing moves by itself any more in these states, within the time of a test.
SETTLED = {"accepted", "delivered", "failed", "expired", "unknown", "blocked"}


def test_every_accepted_text_is_one_row_and_every_other_row_says_why(
    start_odoo, start_simulator, database
):
    platform = start_simulator("--mixed", "--dlr-after", "1")
    client = start_odoo().login()
    share_the_work(client, 2)
    send_a_thousand(client, platform, database)


def send_a_thousand(client, platform, database):
    """Text a thousand numbers, and compare what both sides say of each."""
    gateway = connect(client, platform.url)
    control(platform.url, push_url=webhook_address(client, gateway))

    text_leads(client, numbers(1000), "transactional")

    def settled():
        found = states(database)
        reported = found.get("delivered", 0) + found.get("failed", 0)
        return set(found) <= SETTLED and reported > 800

    assert wait_until(settled, 240), states(database)
    log = [json.loads(line) for line in platform.accepted.read_text().splitlines()]
    ledger = database.records(LEDGER)
    assert len(ledger) == 1000
    assert compare(ledger, log) == []
    assert len({row["uuid"] for row in ledger}) == 1000
