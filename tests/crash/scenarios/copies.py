"""A copy of the database that comes to life, and an upgrade in full swing."""

from __future__ import annotations

import time
from dataclasses import replace

from dev import databases
from tests.system.hub import rest, wait_until
from tests.system.world import Database

from ..lab import Lab
from ..results import Result
from ..scenario import Scenario
from .answers import not_all, report

#: Seconds that the copy gets to send something.
WATCHED = 20


def neutralized(lab: Lab) -> Result:
    """Bring a neutralised copy to life while texts wait in it."""
    count = lab.scale(100, 1000)
    with lab.site("neutralized") as site:
        site.control(faults=[{"fault": "http_503"}])
        site.text("copied", count)
        wait_until(lambda: site.stats()["faults"], 60)
        site.server.stop()
        hub, original = lab.stack, site.world.database.name
        with databases.copied(hub, original) as name:
            config = hub.write_config(name, log_level="warn")
            hub.odoo_output(config, "neutralize")
            site.control(faults=[])
            folder = site.world.folder / "copy"
            folder.mkdir()
            world = replace(site.world, database=Database(hub, name), folder=folder)
            running = world.start_odoo(workers=2)
            rest(lab.scale(5, WATCHED))
            sent = site.accepted_count()
            running.stop()
        breaches = [f"the copy sent {sent} texts"] if sent else []
        site.restart()
        taken = site.settling(limit=180)
        breaches += not_all(site, "copied", "delivered", count)
        return report(
            site,
            "neutralized",
            count,
            "texts",
            breaches=breaches,
            recovered=taken,
            note=f"the copy sent {sent}, the original sent all of them afterwards",
        )


def upgraded(lab: Lab) -> Result:
    """Upgrade the addon while thousands wait and a worker sends."""
    count = lab.scale(300, 10_000)
    with lab.site("upgraded", ("--latency-ms", "50")) as site:
        site.text("upgraded", count)
        wait_until(lambda: site.accepted_count() > count // 20, 60)
        before, started = site.accepted_count(), time.monotonic()
        hub, name = lab.stack, site.world.database.name
        databases.install(hub, name, [], update=["sms_gateway_hub"])
        spent = time.monotonic() - started
        during = site.accepted_count() - before
        taken = site.settling(limit=600)
        breaches = not_all(site, "upgraded", "delivered", count)
        return report(
            site,
            "upgraded",
            count,
            "texts",
            breaches=breaches,
            recovered=taken,
            note=f"the upgrade took {spent:.0f} s, {during} texts went out meanwhile",
        )


SCENARIOS = (
    Scenario(
        "neutralized",
        "A copy of the database is neutralised, as Odoo does with copies for tests, "
        "and started while texts wait in it.",
        "The copy sends nothing, the original everything.",
        neutralized,
        slow=True,
    ),
    Scenario(
        "upgraded",
        "The addon is upgraded by another process while texts wait and are sent.",
        "Nothing is lost, nothing is sent twice.",
        upgraded,
        slow=True,
    ),
)
