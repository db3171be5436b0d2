"""What the platform sees of rates, urgent texts and a pause, with real servers."""

import json
import sys
import time
from pathlib import Path

from dev.stack import Stack
from tests.system.hub import connect, control, share_the_work, states, wait_until

ACCOUNT, SLOW = 50, 10
FAST_TEXTS, SLOW_TEXTS = 500, 100

#: Two senders, and texts of one part for each of them.
FILL = f"""
gateway = env["sms.hub.gateway"].search([("name", "=", "Simulator")])
fast = gateway.sender_ids
slow = env["sms.hub.sender"].create(dict(
    name="SLOWIE", gateway_id=gateway.id, rate={SLOW}, registration_state="approved"))
asked = [
    dict(company=gateway.company_id, door="queue", purpose=purpose, body="Hello",
         number=f"+9198765{{start + turn:05d}}", sender_id=sender.id)
    for sender, purpose, start, count in (
        (slow, "transactional", 0, {SLOW_TEXTS}),
        (fast, "transactional", 10000, {FAST_TEXTS}))
    for turn in range(count)
]
env["sms.hub.message"]._enqueue(asked)
env.cr.commit()
"""
#: One code, asked for while the others wait.
CODE = """
import time
gateway = env["sms.hub.gateway"].search([("name", "=", "Simulator")])
env["sms.hub.message"]._enqueue([dict(
    company=gateway.company_id, door="queue", purpose="otp", body="Code 1234",
    number="+919876599999")])
env.cr.commit()
print("COMMITTED", time.time())
"""
#: A mailing for the server to send: whoever sent it here too would collide with it.
MAILING = """
leads = env["crm.lead"].create([
    dict(name="Offer", phone=f"+9198765{turn:05d}") for turn in range(800)])
mailing = env["mailing.mailing"].create(dict(
    subject="Offer", body_plaintext="Offer", mailing_type="sms",
    sms_allow_unsubscribe=False,
    mailing_model_id=env["ir.model"]._get_id("crm.lead"),
    mailing_domain=[("id", "in", leads.ids)]))
mailing.action_put_in_queue()
env.cr.commit()
"""


ADDONS = Path(__file__).with_name("addons")
#: Texts for an account, one of which each request takes.
PLAIN = """
gateway = env["sms.hub.gateway"].search([("name", "=", "Simulator")])
env["sms.hub.message"]._enqueue([
    dict(company=gateway.company_id, door="queue", purpose="transactional",
         body=f"Text {turn}", number=f"+9198765{turn:05d}")
    for turn in range(160)])
env.cr.commit()
"""


def run(stack: Stack, database, code: str) -> str:
    config = stack.write_config(database.name, log_level="error")
    return stack.odoo_output(config, "shell", "--no-http", text=code)


def accepted(platform) -> list[dict]:
    return [json.loads(line) for line in platform.accepted.read_text().splitlines()]


def busiest(moments: list[float]) -> int:
    """Return the most of these moments within any one second."""
    moments = sorted(moments)
    return max(
        sum(start <= one < start + 1 for one in moments[place : place + 200])
        for place, start in enumerate(moments)
    )


def test_no_second_sees_more_than_the_account_or_a_sender_may_send(
    start_odoo, start_simulator, database, hub_stack: Stack
):
    platform = start_simulator("--latency-ms", "100")
    client = start_odoo(workers=2, max_cron_threads=2).login()
    share_the_work(client, 2)
    connect(client, platform.url, rate=ACCOUNT)
    run(hub_stack, database, FILL)

    assert wait_until(lambda: len(accepted(platform)) > 100, 60, 0.1)
    said = run(hub_stack, database, CODE)
    total = FAST_TEXTS + SLOW_TEXTS + 1
    assert wait_until(lambda: len(accepted(platform)) >= total, 120), states(database)

    texts = accepted(platform)
    slow = [one["at"] for one in texts if one["sender"] == "SLOWIE"]
    [code] = [one["at"] for one in texts if one["text"] == "Code 1234"]
    waited = code - float(said.split("COMMITTED")[1].split()[0])
    peak, slow_peak = busiest([one["at"] for one in texts]), busiest(slow)
    last = max(one["at"] for one in texts) - min(one["at"] for one in texts)
    sys.stdout.write(
        f"{total} texts in {last:.1f} s: at most {peak} a second at {ACCOUNT}, "
        f"{slow_peak} of the slow sender at {SLOW}; a code left after {waited:.2f} s\n"
    )
    assert len(texts) == total
    assert peak <= ACCOUNT
    assert slow_peak <= SLOW
    assert waited < 1.5


def test_threads_that_wake_up_late_send_nothing_beyond_the_rate(
    start_odoo, start_simulator, database, hub_stack: Stack
):
    rate, count = 20, 160
    platform = start_simulator()
    client = start_odoo(
        addons=(ADDONS,),
        server_wide_modules="base,web,sms_hub_slow_threads",
        workers=2,
        max_cron_threads=2,
    ).login()
    share_the_work(client, 2)
    connect(client, platform.url, rate=rate, bulk_size=1)
    run(hub_stack, database, PLAIN)
    assert wait_until(lambda: len(accepted(platform)) >= count, 120), states(database)
    time.sleep(2)  # for what would come twice

    texts = accepted(platform)
    peak = busiest([one["at"] for one in texts])
    [[claims, tries]] = database.query(
        "SELECT sum(epoch), max(attempts) FROM sms_hub_message WHERE direction = 'out'"
    )
    sys.stdout.write(
        f"{count} texts, claimed {claims} times: at most {peak} a second at {rate}\n"
    )
    assert peak <= rate
    assert len({one["text"] for one in texts}) == len(texts) == count
    assert int(claims) > count, "nobody was late"
    assert int(tries) == 1


def test_nothing_of_a_paused_mailing_is_claimed_by_four_workers(
    start_odoo, start_simulator, database, hub_stack: Stack
):
    platform = start_simulator()
    control(platform.url, latency_ms=5000)
    client = start_odoo(workers=2, max_cron_threads=4).login()
    share_the_work(client, 4)
    connect(client, platform.url, bulk_size=1, read_timeout=20)
    run(hub_stack, database, MAILING)
    assert wait_until(lambda: states(database).get("claimed", 0) > 20, 60, 0.1)

    [mailing] = client.call("mailing.mailing", "search", [("subject", "=", "Offer")])
    wizard = client.call(
        "sms.hub.mailing.pause",
        "create",
        [{"mailing_ids": [[6, 0, [mailing]]], "reason": "The link is wrong"}],
    )
    client.call("sms.hub.mailing.pause", "action_pause", wizard)
    [[committed]] = database.query("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    assert wait_until(
        lambda: set(states(database)) <= {"held", "accepted", "delivered"}, 60
    ), states(database)
    time.sleep(3)
    [[late]] = database.query(
        f"SELECT count(*) FROM sms_hub_message WHERE claimed_at > '{committed}'"
    )
    [paused] = client.call(
        "mailing.mailing", "read", [mailing], ["hub_pause_words", "state"]
    )
    sys.stdout.write(f"{late} claimed after the pause. {paused['hub_pause_words']}\n")
    left = len(accepted(platform))
    assert int(late) == 0
    assert 20 < left < 800
    assert f"{left} were already on their way" in paused["hub_pause_words"]
    assert f"{800 - left} texts wait" in paused["hub_pause_words"]

    control(platform.url, latency_ms=20)
    client.call("mailing.mailing", "action_hub_resume", [mailing])
    assert wait_until(lambda: len(accepted(platform)) == 800, 120), states(database)
