"""How long a person's text takes while a campaign is being sent.

Two workers for scheduled actions: one sends the campaign and the person's texts, the
other one does what else there is to do, as applying the reports of the campaign.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack

from tests.system.hub import text_lead, wait_until

from .figures import Row, sized
from .ledger import copies
from .live import Live, Site
from .load import in_words, percentile

#: Marketing texts that wait when the clicks begin.
WAITING = sized((10_000, 100_000), (1000,))
CLICKS = sized(60, 10)
#: Those that leave while the clicks go on, so that as many wait until the last one.
LEAVING = sized(15_000, 3000)
#: Requests a second of the account: slow enough for the campaign to outlast the clicks.
ACCOUNT = 20
LATENCY = 100


def run(live: Live) -> list[Row]:
    """Measure the seconds from the click to the platform."""
    with ExitStack() as stack:
        site = stack.enter_context(
            live.site(
                "hub",
                ("--latency-ms", str(LATENCY)),
                {"workers": 1, "max_cron_threads": 2},
                rate=ACCOUNT,
                bulk_size=10,
                parallel_requests=20,
            )
        )
        return [_clicks(site, waiting) for waiting in WAITING]


def _clicks(site: Site, waiting: int) -> Row:
    """Text leads one by one while a campaign runs."""
    _campaign(site, waiting + LEAVING)
    leads = site.client.call(
        "crm.lead",
        "create",
        [
            {"name": f"Click {waiting} {turn}", "phone": f"+9197{waiting + turn:08d}"}
            for turn in range(CLICKS)
        ],
    )
    begun = site.accepted()
    site.client.call("sms.hub.gateway", "action_activate", [site.gateway])
    if not wait_until(lambda: site.accepted() > begun, 60, 0.05):
        raise AssertionError("The campaign does not begin.")
    took = [_click(site, lead, f"{waiting} {lead}") for lead in leads]
    [[left]] = site.world.database.query(
        "SELECT count(*) FROM sms_hub_message WHERE state = 'queued'"
    )
    site.client.call("sms.hub.gateway", "action_pause", [site.gateway])
    if int(left) < waiting:
        raise AssertionError(f"Of {waiting} texts that should wait, {left} are left.")
    return Row(
        f"95 % of clicks reach the platform within, {waiting:,} texts waiting",
        "s",
        [percentile(took, 0.95)],
        1.5,
        note=f"{CLICKS} clicks: {in_words(took)}; {int(left):,} still waiting",
    )


def _campaign(site: Site, waiting: int) -> None:
    """Let marketing texts wait behind a paused gateway."""
    site.client.call("sms.hub.gateway", "action_pause", [site.gateway])
    query = site.world.database.query
    query("UPDATE sms_hub_message SET state = 'cancelled' WHERE state = 'queued'")
    site.client.call(
        "sms.sms",
        "create",
        # another one each time, or it counts as a repetition, and so do its copies
        [
            {
                "number": f"+9199{waiting:08d}",
                "body": f"Sale of {waiting}",
                "hub_purpose": "marketing",
            }
        ],
    )
    query(
        copies(
            "sms_hub_message",
            waiting,
            uuid=f"md5({waiting} || ':' || n)",
            number="'+9198' || lpad(n::text, 8, '0')",
            body="'Sale number ' || n",
            text_hash=f"md5({waiting} || ':' || n)",
        )
    )
    query("ANALYZE sms_hub_message")


def _click(site: Site, lead: int, text: str) -> float:
    """Text a lead from its form; return the seconds until the platform had it."""
    started = time.time()
    text_lead(site.client, lead, f"Click {text}")
    found: list[float] = []

    def arrived() -> bool:
        found.extend(
            entry["at"]
            for entry in map(json.loads, _tail(site))
            if entry["text"] == f"Click {text}"
        )
        return bool(found)

    if not wait_until(arrived, 30, 0.02):
        raise AssertionError(f"The text of lead {lead} did not go out.")
    return found[0] - started


def _tail(site: Site) -> list[str]:
    """Return the last lines of the platform's log."""
    with site.platform.accepted.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - 200_000))
        return file.read().decode().splitlines()[1:]
