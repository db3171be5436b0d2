"""The same faults on Odoo's own connector, beside which ours is to be seen.

Odoo installs ``sms_twilio`` with its own apps; nothing of the hub is installed here.
The connector calls the simulator, which speaks its dialect; all else is the same.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from dev import databases, ports
from tests.system.hub import connect_core, text_lead, wait_until
from tests.system.world import World

from ..lab import Fault, Lab, Site, waited
from ..results import Result
from ..scenario import Scenario

TEXTS, LATENCY = 100, 60
#: Core's texts that wait, or may be sent again.
_WAITING = "SELECT count(*) FROM sms_sms WHERE state = 'outgoing' AND NOT to_delete"
#: Where the worker dies, and at most at which pass: a text is one, or a batch of ten.
POINTS = {"core_request_sent": 80, "core_answer_read": 80, "core_batch_sent": 8}


def core_site(world: World) -> Site:
    """Return a company that texts by Odoo's own connector."""
    site = Site(
        world,
        world.start_simulator("--latency-ms", str(LATENCY)),
        Fault(world.folder.absolute()),
        {"http_port": ports.free()},
    )
    site.restart()
    connect_core(site.client)
    return site


def core_lab(lab: Lab) -> Lab:
    """Return a laboratory whose databases hold Odoo's own apps and nothing of ours."""
    return replace(lab, template=databases.base_template(lab.stack))


def killed(lab: Lab) -> Result:
    """Kill core's worker among a hundred texts."""
    seeds = lab.seeds[: lab.scale(1, 24)]
    asked, slowest, dead = [], 0.0, 0
    with core_lab(lab).world("core_killed") as world:
        site = core_site(world)
        for seed in seeds:
            label = f"core {seed}"
            chance = random.Random(label)
            point = list(POINTS)[seed % len(POINTS)]
            delay = chance.uniform(0, LATENCY / 1000) if "request" in point else 0
            site.fault.order(point, chance.randint(1, POINTS[point]), delay)
            asked += _ask(site, label)
            dead += site.fault.victim(90) is not None
            _run_queue(site)
            taken = waited(lambda: world.database.query(_WAITING) == [["0"]], 120)
            slowest = max(slowest, 120 if taken is None else taken)
        taken = Counter(line["text"] for line in site.accepted())
    twice = sum(times - 1 for times in taken.values())
    missing = sum(not taken[text] for text in asked)
    return Result(
        "core_killed",
        dead,
        "kills",
        missing,
        twice,
        recovered=slowest,
        note=f"{len(asked):,} texts by sms_twilio, {twice / max(dead, 1):.1f} sent "
        "twice per kill",
        breaches=_found(twice, missing),
        seeds=seeds,
        judged=False,
    )


def _ask(site: Site, label: str) -> list[str]:
    """Ask core for texts, and wake its queue."""
    texts = [f"{label}: {turn}" for turn in range(TEXTS)]
    numbers = site.new_numbers(TEXTS)
    values = [
        {"number": number, "body": text}
        for number, text in zip(numbers, texts, strict=True)
    ]
    site.client.call("sms.sms", "create", values)
    _run_queue(site)
    return texts


def _run_queue(site: Site) -> None:
    """Wake core's queue, which else runs again after a day."""
    site.world.database.wake("SMS: SMS Queue Manager")


def early_reports(lab: Lab) -> Result:
    """Report each text to core before its request is answered."""
    count = lab.scale(10, 100)
    with core_lab(lab).world("core_early_reports") as world:
        site = core_site(world)
        site.control(faults=[{"fault": "push_before_answer"}])
        for number in site.new_numbers(count):
            lead = {"name": number, "phone": number}
            [found] = site.client.call("crm.lead", "create", [lead])
            text_lead(site.client, found, f"About {number}")
        wait_until(lambda: site.accepted_count() >= count, 60)
        wait_until(lambda: world.database.query(_WAITING) == [["0"]], 60)
        rows = world.database.query(
            "SELECT notification_status, count(*) FROM mail_notification "
            "WHERE notification_type = 'sms' GROUP BY 1 ORDER BY 1"
        )
        taken = Counter(line["text"] for line in site.accepted())
    twice = sum(times - 1 for times in taken.values())
    known = {status: int(times) for status, times in rows}
    unseen = count - known.get("sent", 0)
    return Result(
        "core_early_reports",
        count,
        "reports",
        count - len(taken),
        twice,
        note=f"{unseen} reports of delivery by sms_twilio had no effect",
        breaches=_found(twice, count - len(taken), unseen),
        judged=False,
    )


def _found(twice: int, missing: int, unseen: int = 0) -> tuple[str, ...]:
    """Return what happened that should not have."""
    words = {
        "texts sent twice": twice,
        "texts never sent": missing,
        "reports without effect": unseen,
    }
    return tuple(f"{count} {what}" for what, count in words.items() if count)


SCENARIOS = (
    Scenario(
        "core_killed",
        "For comparison: the worker of Odoo's own connector is killed with kill -9 "
        f"among {TEXTS} texts, while a request is on its way, after its answer, or "
        "after a batch, without our addon.",
        "None of ours; the figures show what our ledger is for.",
        killed,
        long_only=True,
        ours=False,
    ),
    Scenario(
        "core_early_reports",
        "For comparison: reports reach Odoo's own connector before the answer to "
        "their request.",
        "None of ours.",
        early_reports,
        long_only=True,
        ours=False,
    ),
)
