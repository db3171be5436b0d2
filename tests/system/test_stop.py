"""A STOP against everything that waits: a running queue, and plans of every kind."""

import json
import sys
import time
import urllib.request

from dev.rpc import RpcError
from dev.stack import Stack
from tests.system.hub import (
    MOBILE,
    connect,
    control,
    states,
    wait_until,
    webhook_address,
)

TEXTS, POOL = 1000, 20
NUMBER = f"{MOBILE}0042"
OTHER = f"{MOBILE}0043"
NOW = "SELECT clock_timestamp() AT TIME ZONE 'UTC'"
STATES = "SELECT door, state, reason, count(*) FROM sms_hub_message"


def answer_stop(simulator_url: str) -> int:
    """Let the person answer STOP; return what our webhook said to the platform."""
    request = urllib.request.Request(
        f"{simulator_url}/_inbound",
        json.dumps({"from": NUMBER, "to": "HUBTST", "text": "STOP"}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as reply:
        return json.load(reply)["status"]


def accepted(platform) -> list[dict]:
    """Return what the platform took, in order."""
    return [json.loads(line) for line in platform.accepted.read_text().splitlines()]


def test_a_stop_overtakes_a_thousand_texts_that_are_being_sent(
    start_odoo, start_simulator, database
):
    platform = start_simulator("--latency-ms", "100")
    client = start_odoo().login()
    settings = client.call(
        "res.config.settings", "create", [{"hub_dispatcher_count": "2"}]
    )
    client.call("res.config.settings", "execute", settings)
    gateway = connect(client, platform.url, parallel_requests=POOL)
    control(platform.url, push_url=webhook_address(client, gateway))
    client.call(
        "sms.sms",
        "create",
        [{"number": NUMBER, "body": f"Text {turn}"} for turn in range(TEXTS)],
    )
    assert wait_until(lambda: len(accepted(platform)) > 50, 60, 0.02)

    assert answer_stop(platform.url) == 200
    taken = len(accepted(platform))
    [[committed]] = database.query(NOW)
    started = time.monotonic()
    suppressed = "SELECT 1 FROM phone_blacklist WHERE active"
    assert wait_until(lambda: database.query(suppressed), 30, 0.05)
    latency = time.monotonic() - started
    assert wait_until(
        lambda: set(states(database)).isdisjoint({"queued", "held", "claimed"}), 60
    ), states(database)

    texts = [one for one in accepted(platform) if one["text"].startswith("Text ")]
    [[late]] = database.query(
        f"SELECT count(*) FROM sms_hub_message WHERE claimed_at > '{committed}'"
        " AND purpose != 'notice'"
    )
    after = len(texts) - taken
    sys.stdout.write(
        f"STOP among {TEXTS} texts: {taken} sent before it, {late} claimed and {after} "
        f"handed over after it; suppressed {latency:.1f} s later; {states(database)}\n"
    )
    assert 50 < taken < TEXTS
    assert int(late) == 0
    assert after <= 2 * POOL
    assert latency < 5
    assert len(accepted(platform)) - len(texts) == 1, "one confirmation"


#: Eight plans of each of five kinds, in a database where nothing is sent meanwhile.
PLAN = f"""
from datetime import timedelta
from odoo import Command, fields

NUMBER, OTHER = {NUMBER!r}, {OTHER!r}
hour = fields.Datetime.now() + timedelta(hours=1)
company = env.company
company.hub_approval_above = 10

def ask(number, **values):
    return dict(company=company, door="queue", number=number, body="Waits", **values)

env["sms.hub.message"]._enqueue([ask(NUMBER) for _turn in range(8)])
env["sms.hub.message"]._enqueue([ask(NUMBER, batch_size=11) for _turn in range(8)])
env["sms.hub.message"]._enqueue([ask(NUMBER, not_before=hour) for _turn in range(8)])
env["sms.hub.message"]._enqueue([ask(OTHER, not_before=hour)])
leads = env["crm.lead"].create([
    dict(name="Post", phone=NUMBER) for _turn in range(8)])
for lead in leads:
    lead._message_sms("Waits", scheduled_date=hour)

mailing_model = env["ir.model"]._get_id("crm.lead")
for turn in range(4):
    lead = env["crm.lead"].create(dict(name="Mailing", phone=NUMBER))
    env["mailing.mailing"].create(dict(
        subject="Offer", body_plaintext="Offer", mailing_type="sms",
        mailing_model_id=mailing_model, mailing_domain=[("id", "=", lead.id)],
        schedule_type="scheduled", schedule_date=hour,
    )).action_put_in_queue()

action = env["ir.actions.server"].create(dict(
    name="Text", model_id=mailing_model, state="sms", hub_purpose="transactional",
    sms_template_id=env["sms.template"].create(dict(
        name="Later", model_id=mailing_model, body="Later")).id))
env["base.automation"].create(dict(
    name="An hour later", model_id=mailing_model, trigger="on_time",
    trg_date_id=env["ir.model.fields"]._get("crm.lead", "create_date").id,
    trg_date_range=1, trg_date_range_type="hour",
    filter_domain="[('name', '=', 'Automation')]",
    action_server_ids=[Command.set(action.ids)]))
env["crm.lead"].create([
    dict(name="Automation", phone=NUMBER) for _turn in range(4)])
env.cr.commit()
"""


def test_one_stop_ends_forty_plans_of_five_kinds(
    start_odoo, start_simulator, database, hub_stack: Stack
):
    platform = start_simulator()
    client = start_odoo().login()
    gateway = connect(client, platform.url)
    control(platform.url, push_url=webhook_address(client, gateway))
    database.query(
        "UPDATE ir_cron SET active = FALSE WHERE cron_name LIKE 'SMS Hub: send%'"
    )
    config = hub_stack.write_config(database.name, log_level="error")
    hub_stack.odoo_output(config, "shell", "--no-http", text=PLAN)
    planned = "SELECT count(*) FROM sms_hub_message WHERE state IN ('queued', 'held')"
    assert database.query(planned) == [["33"]]

    started = time.monotonic()
    assert answer_stop(platform.url) == 200
    left = f"{planned} AND purpose != 'notice'"
    assert wait_until(lambda: database.query(left) == [["1"]], 30, 0.05)
    latency = time.monotonic() - started
    cancelled = database.query(
        "SELECT door, count(*) FROM sms_hub_message WHERE state = 'cancelled'"
        " AND reason = 'cancelled_by_stop' GROUP BY door ORDER BY door"
    )
    assert cancelled == [["queue", "24"], ["scheduled", "8"]]

    _let_the_hour_come(client, database)
    blocked = "SELECT door, count(*) FROM sms_hub_message WHERE state = 'blocked'"
    blocked += " AND reason = 'suppressed' GROUP BY door ORDER BY door"
    expected = [["automation", "4"], ["mailing", "4"]]
    assert wait_until(lambda: database.query(blocked) == expected, 60), database.query(
        f"{STATES} GROUP BY door, state, reason"
    )
    database.query(
        "UPDATE ir_cron SET active = TRUE WHERE cron_name = 'SMS Hub: send (1)'"
    )
    _run(client, "SMS Hub: send (1)")
    assert wait_until(lambda: len(accepted(platform)) == 2, 30)
    sys.stdout.write(
        f"One STOP, 40 plans of five kinds: 32 cancelled after {latency:.1f} s, "
        "8 blocked when their turn came, one confirmation\n"
    )
    assert latency < 5
    sent = {one["number"].lstrip("+"): one["text"] for one in accepted(platform)}
    assert set(sent) == {NUMBER.lstrip("+"), OTHER.lstrip("+")}
    assert "no more texts" in sent[NUMBER.lstrip("+")]


def _let_the_hour_come(client, database) -> None:
    """Move what waits for the hour to now, and run what looks for it."""
    earlier = "= clock_timestamp() AT TIME ZONE 'UTC' - interval '2 hours'"
    for sql in (
        f"UPDATE mailing_mailing SET schedule_date {earlier}",
        f"UPDATE crm_lead SET create_date {earlier} WHERE name = 'Automation'",
        "UPDATE base_automation SET last_run = NULL",
        f"UPDATE sms_hub_message SET not_before {earlier} WHERE state = 'queued'",
        f"UPDATE mail_message_schedule SET scheduled_datetime {earlier}",
    ):
        database.query(sql)
    for name in (
        "Mail Marketing: Process queue",
        "Automation Rules: check and execute",
        "Notification: Notify scheduled messages",
    ):
        _run(client, name)


def _run(client, name: str) -> None:
    """Run a scheduled action now, once the server does not run it by itself."""
    crons = client.call("ir.cron", "search", [("cron_name", "=", name)])
    assert crons, name

    def was_run() -> bool:
        try:
            client.call("ir.cron", "method_direct_trigger", crons)
        except RpcError as error:
            if "already executing" not in str(error):
                raise
            return False
        return True

    assert wait_until(was_run, 60), name
