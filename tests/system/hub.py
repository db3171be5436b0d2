"""What the system tests do in Odoo, over HTTP: connect a gateway, text, look."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from urllib.parse import urlsplit

from dev.rpc import OdooClient
from tests.simulator.twilio import TOKEN

#: Begin of Indian mobile numbers; nothing but the simulator ever hears of them.
MOBILE = "+91987654"


def numbers(count: int) -> list[str]:
    """Return different numbers that belong to nobody."""
    return [f"{MOBILE}{turn:04d}" for turn in range(count)]


def connect(client: OdooClient, simulator_url: str, **values: object) -> int:
    """Make and activate a gateway at the simulator; return its id.

    The company may text everybody in India: what is tested here happens after the rules
    about consent, hours and limits.
    """
    allow(client)
    [gateway] = client.call(
        "sms.hub.gateway",
        "create",
        [
            {
                "name": "Simulator",
                "provider": "smsgatewayhub",
                "base_url": simulator_url,
                "allow_private_host": True,
                "api_key": "sim-key",
                "sender": "HUBTST",
                "connect_timeout": 2,
                "read_timeout": 3,
                **values,
            }
        ],
    )
    client.call("sms.hub.gateway", "action_activate", [gateway])
    return gateway


def connect_core(client: OdooClient, provider: str = "twilio") -> None:
    """Let the company text through Odoo's own connector.

    :param provider: ``twilio``, or ``iap`` for the service of Odoo.
    """
    [company] = client.call("res.company", "search", [], limit=1)
    [country] = client.call("res.country", "search", [("code", "=", "IN")])
    client.call(
        "res.company",
        "write",
        [company],
        {
            "sms_provider": provider,
            "sms_twilio_account_sid": f"AC{TOKEN}",
            "sms_twilio_auth_token": TOKEN,
            "sms_twilio_number_ids": [
                [5, 0, 0],
                [0, 0, {"number": "+15005550006", "country_id": country}],
            ],
        },
    )


def allow(client: OdooClient, **values: object) -> None:
    """Let the company text India: without consent, at any time, as many as it likes."""
    countries = client.call("res.country", "search", [("code", "=", "IN")])
    companies = client.call("res.company", "search", [])
    client.call(
        "res.company",
        "write",
        companies,
        {
            "hub_country_ids": [[6, 0, countries]],
            "hub_marketing_consent": "unless_refused",
            "hub_quiet_hours": False,
            "hub_user_daily_limit": 0,
            "hub_approval_above": 0,
            **values,
        },
    )


def webhook_address(client: OdooClient, gateway: int) -> str:
    """Return the webhook address as the server itself is reached."""
    [found] = client.call("sms.hub.gateway", "read", [gateway], ["webhook_url"])
    return client.base_url + urlsplit(found["webhook_url"]).path


def share_the_work(client: OdooClient, slots: int) -> None:
    """Let several dispatchers work on the same queue."""
    wish = {"hub_dispatcher_count": str(slots)}
    found = client.call("res.config.settings", "create", [wish])
    client.call("res.config.settings", "execute", found)


def runner_takes(database, actions: int) -> bool:
    """Wait until a job runner does the work of so many scheduled actions."""
    taken = "SELECT count(*) FROM ir_cron WHERE hub_by_runner"

    def looked() -> bool:
        database.wake("SMS Hub: keep the job runner going")
        return database.query(taken) == [[str(actions)]]

    return wait_until(looked, 150, 2)


def control(simulator_url: str, **settings: object) -> None:
    """Change settings of the running simulator."""
    request = urllib.request.Request(
        f"{simulator_url}/_control",
        json.dumps(settings).encode(),
        {"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10).close()


def text_leads(client: OdooClient, found: list[str], purpose: str) -> list[int]:
    """Make a lead per number and text them all from the list, as a person would."""
    leads = client.call(
        "crm.lead",
        "create",
        [{"name": f"Offer {number[-4:]}", "phone": number} for number in found],
    )
    composer = client.call(
        "sms.composer",
        "create",
        [
            {
                "composition_mode": "mass",
                "res_model": "crm.lead",
                "res_ids": json.dumps(leads),
                "body": "About {{ object.name }}: shall we talk?",
                "hub_purpose": purpose,
                "mass_keep_log": False,
            }
        ],
    )
    client.call("sms.composer", "action_send_sms", composer)
    return leads


def text_lead(client: OdooClient, lead: int, body: str) -> None:
    """Text a lead from its form, as a person would."""
    values = {
        "composition_mode": "comment",
        "res_model": "crm.lead",
        "res_id": lead,
        "body": body,
    }
    composer = client.call("sms.composer", "create", [values])
    client.call("sms.composer", "action_send_sms", composer)


LEDGER = """
    SELECT uuid, number, body AS text, state, platform_ref AS message_id,
           COALESCE(reason, error_class, raw_status) AS reason
      FROM sms_hub_message WHERE direction = 'out'
"""


def states(database) -> dict[str, int]:
    """Return how many messages are in each state."""
    rows = database.query(
        "SELECT state, COUNT(*) FROM sms_hub_message GROUP BY state ORDER BY state"
    )
    return {state: int(count) for state, count in rows}


class GivenUp(BaseException):
    """Nobody waits for the outcome any more."""


_given_up = threading.Event()


def give_up() -> None:
    """End every wait, in whatever thread: the run was interrupted."""
    _given_up.set()


def rest(seconds: float) -> None:
    """Let time pass.

    :raises GivenUp: when the run was interrupted.
    """
    if _given_up.wait(seconds):
        raise GivenUp


def wait_until(look, seconds: float, pause: float = 0.5) -> bool:
    """Wait until ``look()`` is true; give up when time is out."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if look():
            return True
        rest(pause)
    return False
