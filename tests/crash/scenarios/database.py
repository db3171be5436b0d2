"""A PostgreSQL that stops as in a power cut, and connections that are cut."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dev import databases
from dev.postgres import Cluster, Server
from tests.system.hub import rest, wait_until

from ..lab import POOL, Lab, Site, waited
from ..results import Result
from ..scenario import Scenario
from .answers import report

#: Requests a second, so that the load outlasts the faults.
RATE = 50
#: Seconds of load between two stops of the database.
BETWEEN = 15
#: Until texts go out again after the database is back. A server that has just started
#: looks for work after 60 to 70 seconds, unless somebody wakes it.
BACK = 90
#: A report that was lost with its connection is asked for later, which is not waited
#: for here.
HANDED_OVER = frozenset({"delivered", "accepted", "unknown"})


def load(site: Site, label: str, seconds: int) -> int:
    """Let the gateway send for some seconds; return how many texts that are."""
    site.client.call("sms.hub.gateway", "write", [site.gateway], {"rate": RATE})
    count = RATE * seconds
    site.text(label, count)
    wait_until(lambda: site.accepted_count() > RATE, 60)
    return count


def verdict(site: Site, count: int, struck: int) -> list[str]:
    """Return what should not have been found after faults of the database.

    :param struck: how often a fault met somebody who was handing over.
    """
    found = site.states()
    breaches = []
    if not set(found) <= HANDED_OVER:
        breaches.append(f"the texts are {found}")
    if found.get("unknown", 0) > POOL * struck:
        breaches.append(
            f"{found['unknown']} are unknown, {POOL * struck} were on their way"
        )
    if sum(found.values()) != count:
        breaches.append(f"{sum(found.values())} of {count} texts are there")
    return breaches


def stopped(lab: Lab) -> Result:
    """Stop the database at once, again and again, and start it."""
    times, between = lab.scale(1, 8), lab.scale(8, BETWEEN)
    slowest, struck, breaches = 0.0, 0, []
    with _own_database(lab) as (own, cluster):
        with own.site("database_stopped", ("--latency-ms", "50")) as site:
            count = load(site, "stopped", between * (times + 1))
            with site.supervised():
                for turn in range(times):
                    rest(random.Random(turn).uniform(1, between / 2))
                    [[at_work]] = site.world.database.query(site.runner.at_work)
                    struck += int(at_work)
                    slowest = max(slowest, _stop_once(site, cluster))
                limit = count / RATE + 120
                if site.settling(limit=limit, settled=HANDED_OVER) is None:
                    breaches.append("not settled")
            if slowest > BACK:
                breaches.append(f"nothing for {slowest:.0f} s after a start")
            breaches += verdict(site, count, struck)
            return report(
                site,
                "database_stopped",
                times,
                "stops",
                breaches=breaches,
                recovered=slowest,
                note=f"{count:,} texts at {RATE}/s; recovered: until texts go out "
                f"again; Odoo ended and was started again {site.revived} times",
            )


def _stop_once(site: Site, cluster: Cluster) -> float:
    """Stop and start the database; return the seconds until texts go out again."""
    cluster.stop("immediate")
    cluster.start()
    # those on their way were accepted whatever became of the database
    before = site.accepted_count() + POOL
    back = waited(lambda: site.accepted_count() > before, 2 * BACK)
    return 2 * BACK if back is None else back


def cut(lab: Lab) -> Result:
    """Cut one connection after the other, whoever has it."""
    seconds, between = lab.scale(6, 60), lab.scale(4, BETWEEN)
    with lab.site("connections_cut", ("--latency-ms", "50")) as site:
        count = load(site, "cut", seconds + between)
        ends, cuts = time.monotonic() + seconds, 0
        while time.monotonic() < ends:
            cuts += _cut_one(site)
            rest(0.2)
        taken = site.settling(limit=count / RATE + 120, settled=HANDED_OVER)
        breaches = verdict(site, count, cuts)
        if taken is None:
            breaches.append("not settled")
        return report(
            site,
            "connections_cut",
            cuts,
            "cuts",
            breaches=breaches,
            recovered=taken,
            note=f"{count:,} texts at {RATE}/s, any connection of the database cut "
            "five times a second",
        )


def _cut_one(site: Site) -> bool:
    """Cut any connection to the scenario's own database; tell whether there was one."""
    database = site.world.database
    rows = database.stack.server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        f"WHERE datname = '{database.name}' AND backend_type = 'client backend' "
        "ORDER BY random() LIMIT 1"
    )
    return rows == ["t"]


@contextmanager
def _own_database(lab: Lab) -> Iterator[tuple[Lab, Cluster]]:
    """Yield a laboratory on a PostgreSQL of its own, which may be broken at will."""
    hub = lab.stack
    name = f"crash-{hub.layout.checkout_key}"
    cluster = Cluster(hub.layout, name, hub.server.bin)
    own = replace(hub, server=cluster.server, mode=name)

    def clear() -> None:
        cluster.remove()
        shutil.rmtree(own.data_dir, ignore_errors=True)

    clear()
    try:
        cluster.create()
        cluster.start()
        template = lab.template
        _bring(template, hub.server, own.server)
        databases.copy_files(hub.filestore(template), own.filestore(template))
        yield replace(lab, stack=own), cluster
    finally:
        clear()


def _bring(name: str, origin: Server, target: Server) -> None:
    """Bring the template to another server."""
    with tempfile.TemporaryDirectory() as folder:
        dump = str(Path(folder) / "template.dump")
        origin.run("pg_dump", "-Fc", "-Z1", "-f", dump, name)
        target.run("createdb", "-T", "template0", "-E", "UTF8", name)
        target.run("pg_restore", "-d", name, dump)


SCENARIOS = (
    Scenario(
        "database_stopped",
        "PostgreSQL is stopped at once, as in a power cut, while texts go out, and "
        "started again. Where Odoo ends itself because of that, it is started again, "
        "as a service manager does.",
        f"Nothing lost, nothing sent twice; texts go out again within {BACK} s.",
        stopped,
        slow=True,
    ),
    Scenario(
        "connections_cut",
        "Any connection to the database is cut, five times a second, while texts go "
        "out.",
        "Nothing lost, nothing sent twice.",
        cut,
        slow=True,
    ),
)
