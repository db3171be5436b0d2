"""The memory of a server that sends a campaign of a hundred thousand texts."""

from __future__ import annotations

import time

from .figures import Row, sized
from .ledger import copies
from .live import Live, Site, memory

#: Texts of the campaign, and after how many of them everything has been used once.
TEXTS, WARM = sized((100_000, 10_000), (3000, 1000))
LIMIT = 600


def run(live: Live) -> list[Row]:
    """Measure the memory of the one process that serves and sends, and its speed."""
    with live.site(
        "hub",
        ("--latency-ms", "100"),
        # one process for everything, so that nothing hides in another one
        {"workers": 0, "max_cron_threads": 1},
        parallel_requests=20,
    ) as site:
        _fill(site)
        return list(_measure(site))


def _fill(site: Site) -> None:
    """Let a campaign wait behind a paused gateway."""
    site.client.call("sms.hub.gateway", "action_pause", [site.gateway])
    site.client.call(
        "sms.sms",
        "create",
        [{"number": "+919900000000", "body": "Sale", "hub_purpose": "marketing"}],
    )
    site.world.database.query(
        copies(
            "sms_hub_message",
            TEXTS - 1,
            uuid="md5(n::text)",
            number="'+9198' || lpad(n::text, 8, '0')",
            body="'Sale number ' || n",
            text_hash="md5(n::text)",
        )
    )
    site.world.database.query("ANALYZE sms_hub_message")


def _measure(site: Site) -> list[Row]:
    """Send the campaign, and look at the process until all of it is out."""
    pid = site.server.process.pid
    site.client.call("sms.hub.gateway", "action_activate", [site.gateway])
    start, seen = 0.0, []
    end = time.monotonic() + LIMIT
    while (out := site.accepted()) < TEXTS:
        if time.monotonic() > end:
            raise AssertionError(f"Only {out:,} of {TEXTS:,} texts are out.")
        if out >= WARM:
            start = start or memory(pid)
            seen.append(memory(pid))
        time.sleep(0.5)
    moments = site.moments()
    last = memory(pid)
    return [
        Row(
            f"memory after {TEXTS:,} texts, beside {WARM:,}",
            "MB",
            [last],
            1.1,
            [start],
            note=f"at most {max(seen):.0f} MB meanwhile",
        ),
        Row(
            f"a campaign of {TEXTS:,}, one worker, mirrored and asked about meanwhile",
            "texts/s",
            [TEXTS / (moments[-1] - moments[0])],
            200,
            at_most=False,
        ),
    ]
