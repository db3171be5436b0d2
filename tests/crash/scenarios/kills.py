"""``kill -9`` of a worker at every point at which a text could be lost or doubled."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from ..lab import LEASE, POOL, RECOVERY, Lab, Site, waited
from ..results import Result
from ..scenario import Scenario

#: Texts that wait or are on their way when the worker dies.
TEXTS = 100
#: Milliseconds of an answer; half of them pass before the platform takes a text.
LATENCY = 150
PLATFORM = ("--latency-ms", str(LATENCY))
#: The worker dies at one of its first passes, so that much is left to be recovered.
PASSES = 4

#: Asks for the texts that begin with a label, and kills somebody among them; returns
#: how many died who were handing over, none when nothing came of it.
Strike = Callable[[Site, str, random.Random], int | None]


def kills(name: str, lab: Lab, strike: Strike, seeds: tuple[int, ...]) -> Result:
    """Strike once per seed among a hundred texts, and see what becomes of them."""
    breaches, slowest, most = [], 0.0, 0
    with lab.site(name, PLATFORM) as site:
        for seed in seeds:
            label = f"{name} {seed}"
            died = strike(site, label, random.Random(label))
            if died is None:
                breaches.append(f"seed {seed}: nobody died")
            taken = site.settling(label)
            if taken is None:
                breaches.append(f"seed {seed}: not settled after {RECOVERY} s")
            slowest = max(slowest, RECOVERY if taken is None else taken)
            unknown = site.states(label).get("unknown", 0)
            most = max(most, unknown)
            on_their_way = POOL * (died or 0)
            if unknown > on_their_way:
                breaches.append(
                    f"seed {seed}: {unknown} unknown, {on_their_way} on their way"
                )
        audit = site.audit(refused=False)
    return Result(
        name,
        len(seeds),
        "kills",
        audit.lost,
        audit.duplicated,
        audit.unknown,
        slowest,
        f"{len(seeds) * TEXTS:,} texts, at most {most} unknown per kill; each worker "
        f"has {POOL} on their way",
        (*breaches, *audit.findings),
        seeds,
    )


def at_point(point: str, site: Site, label: str, chance: random.Random) -> int | None:
    """Let a worker die at a point, at one of its first passes."""
    delay = chance.uniform(0, LATENCY / 1000) if point == "request_sent" else 0
    site.fault.order(point, chance.randint(1, PASSES), delay)
    site.text(label, TEXTS)
    return None if site.fault.victim() is None else 1


def power_cut(site: Site, label: str, chance: random.Random) -> int | None:
    """Kill the server with all its processes at any moment, and start it again."""
    before = site.accepted_count()
    site.text(label, TEXTS)
    wanted = before + chance.randint(1, TEXTS // 2)
    reached = waited(lambda: site.accepted_count() >= wanted, 60, 0.01)
    site.server.kill()
    [[died]] = site.world.database.query(site.runner.at_work)
    site.restart()
    return None if reached is None else int(died)


def _point(point: str, when: str) -> Scenario:
    """Return the scenario of a point."""
    name = f"killed_{point}"
    return Scenario(
        name,
        f"A worker is killed with kill -9 {when}, among {TEXTS} texts, once per seed.",
        "Nothing lost, nothing sent twice; unknown are at most the texts on their way;"
        f" all is settled within {LEASE} s (the lease) and a minute.",
        lambda lab: kills(name, lab, partial(at_point, point), lab.seeds),
    )


def _run_power_cut(lab: Lab) -> Result:
    return kills("server_killed", lab, power_cut, lab.seeds[: lab.scale(1, 10)])


SCENARIOS = (
    _point("before_claim_commit", "before its claim is committed"),
    _point("after_claim", "after its claim is committed, before any request"),
    _point("request_sent", "while its requests are on their way"),
    _point("answer_read", "after it read answers, before they are committed"),
    _point("after_commit", "after answers are committed"),
    Scenario(
        "server_killed",
        "The whole server, its web workers included, is killed with kill -9 at any "
        "moment and started again.",
        "As above.",
        _run_power_cut,
    ),
)
