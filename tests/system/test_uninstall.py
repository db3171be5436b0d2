"""The addon leaves: what stays behind is a clean Odoo that sends what was waiting."""

import json
from collections.abc import Iterator

import pytest

from dev import databases, layout, stack
from dev.stack import Stack

#: A lead, a text that waits, one that was delivered, one that was refused.
FILL = """
gateway = env["sms.hub.gateway"].create({"name": "Leaving"})
gateway.action_activate()
env.company.hub_country_ids = env.ref("base.fr")
leads = env["crm.lead"].create([
    {"name": name, "phone": phone} for name, phone in (
        ("waiting", "+33612345678"), ("delivered", "+33612345679"), ("refused", "12"))
])
for lead in leads:
    lead._message_sms(lead.name, put_in_queue=True)
done = env["sms.hub.message"].search([("body", "=", "delivered")])
done.write({"state": "delivered", "mirror_pending": True})
env["mailing.mailing"].create({"subject": "x", "mailing_type": "sms",
    "mailing_model_id": env["ir.model"]._get_id("res.partner")})
env.cr.commit()
"""
UNINSTALL = """
addons = env["ir.module.module"].search([("name", "like", "sms_gateway_hub")])
addons.filtered(lambda one: one.state == "installed").button_immediate_uninstall()
"""
LOOK = """
import json
from unittest.mock import patch
from odoo.addons.sms.tools.sms_api import SmsApi

def rows(sql):
    env.cr.execute(sql)
    return [row[0] for row in env.cr.fetchall()]

found = {
    "tables": rows("SELECT tablename FROM pg_tables WHERE tablename LIKE 'sms_hub%'"),
    "columns": rows("SELECT table_name || '.' || column_name FROM"
        " information_schema.columns WHERE column_name LIKE 'hub_%'"),
    "data": rows("SELECT model || ': ' || name FROM ir_model_data"
        " WHERE module LIKE '%sms_gateway_hub%'"),
    "models": rows("SELECT model FROM ir_model WHERE model LIKE 'sms.hub%'"),
    "jobs": rows("SELECT cron_name FROM ir_cron WHERE cron_name LIKE 'SMS Hub%'"),
    "settings": rows("SELECT key FROM ir_config_parameter WHERE key LIKE '%sms_hub%'"
        " OR key LIKE '%sms_gateway_hub%'"),
    "selections": rows("SELECT value FROM ir_model_fields_selection"
        " WHERE value LIKE 'hub\\\\_%'"),
    "waiting": rows("SELECT body FROM sms_sms WHERE state = 'outgoing'"),
    "notifications": rows("SELECT notification_status FROM mail_notification"
        " WHERE notification_type = 'sms' ORDER BY id"),
}
sent = []
def send(api, messages, delivery_reports_url=False):
    sent.extend(text["content"] for text in messages)
    return [{"uuid": one["uuid"], "state": "success"}
        for text in messages for one in text["numbers"]]
with patch.object(SmsApi, "_send_sms_batch", send):
    env["sms.sms"]._process_queue()
    env["sms.sms"]._process_queue()
print(json.dumps({**found, "sent": sent}))
"""


@pytest.fixture(scope="module")
def fast_stack() -> Stack:
    """Nothing here has to survive a power cut."""
    return stack.ready(layout.current(), "fast")


@pytest.fixture
def database(fast_stack: Stack) -> Iterator[str]:
    """A database with our addons, to take them out of."""
    with databases.copied(fast_stack, databases.full_template(fast_stack)) as name:
        yield name


def shell(hub_stack: Stack, database: str, code: str) -> str:
    """Run Python in Odoo's shell and return what it printed."""
    config = hub_stack.write_config(database, log_level="error")
    return hub_stack.odoo_output(config, "shell", "--no-http", text=code)


def test_the_database_is_clean_and_what_waited_goes_out_once(
    fast_stack: Stack, database: str
) -> None:
    """Nothing of the hub is left, and core's queue holds just what was never sent."""
    shell(fast_stack, database, FILL)
    shell(fast_stack, database, UNINSTALL)
    output = shell(fast_stack, database, LOOK)
    found = json.loads(output.strip().splitlines()[-1])
    leftovers = {
        name: found[name]
        for name in (
            *("tables", "columns", "data", "models"),
            *("jobs", "settings", "selections"),
        )
    }
    assert not any(leftovers.values()), leftovers
    assert found["waiting"] == ["waiting"]
    assert found["notifications"] == ["ready", "sent", "exception"]
    assert found["sent"] == ["waiting"]
