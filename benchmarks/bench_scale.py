"""More workers on one queue: how much faster it goes, and whether a text is sent twice.

Each worker is a process of its own with twenty requests at a time, and the account has
no limit. The platform and PostgreSQL run on the same cores as the workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from dev.postgres import Cluster
from dev.postgres_home import programs

from .figures import ROUNDS, Row, side_by_side, sized
from .ledger import copies
from .live import Live, Site, need

#: Texts of a round for each worker, one per request.
TEXTS = sized(800, 200)
#: Requests of a worker at the same time, and how long each takes (ms).
PARALLEL, LATENCY = 20, 200
#: Rows that four workers claim together.
ROWS = sized(60_000, 3000)
WORKERS = 4


def run(live: Live) -> list[Row]:
    """Measure texts per second of 1, 2 and 4 workers, and count claims."""
    with ExitStack() as stack:
        sites = {
            workers: stack.enter_context(_site(live, workers))
            for workers in (1, 2, WORKERS)
        }
        one, two = side_by_side(lambda: _rate(sites, 1), lambda: _rate(sites, 2))
        four = [_rate(sites, WORKERS) for _round in range(ROUNDS)]
        what = f"sending, 1 text per request, {LATENCY} ms"
        return [
            Row(
                f"{what}, 2 workers beside 1",
                "texts/s",
                two,
                1.7,
                one,
                at_most=False,
                note=f"2 workers: {sites[2].cpu()}; 1 worker: {sites[1].cpu()}",
            ),
            Row(
                f"{what}, {WORKERS} workers beside 1",
                "texts/s",
                four,
                1.7,
                one,
                at_most=False,
                note=sites[WORKERS].cpu(),
            ),
            *_claims(live, sites[WORKERS]),
        ]


def _site(live: Live, workers: int) -> object:
    return live.site(
        "hub",
        ("--latency-ms", str(LATENCY)),
        {"workers": 1, "max_cron_threads": workers},
        f"hub-{workers}",
        parallel_requests=PARALLEL,
    )


def _rate(sites: dict[int, Site], workers: int) -> float:
    """Send texts with so many workers; return how many a second were taken."""
    site = sites[workers]
    site.share_the_work(workers)
    return site.rate(TEXTS * workers, LATENCY / 1000, 120, "transactional")


def _claims(live: Live, site: Site) -> Iterator[Row]:
    """Let all workers claim a long queue, and count the claims of each row."""
    site.ask(1, "marketing")
    query = site.world.database.query
    need(lambda: site.waiting() == 0, 60, "the first text waits")
    site.client.call("sms.hub.gateway", "action_pause", [site.gateway])
    [[last]] = query("SELECT max(id) FROM sms_hub_message")
    query(
        copies(
            "sms_hub_message",
            ROWS,
            uuid="md5('claim' || n)",
            number="'+9197' || lpad(n::text, 8, '0')",
            body="'Claim ' || n",
            text_hash="md5('claim' || n)",
            state="'queued'",
            epoch="0",
            attempts="0",
            request_id="NULL",
            platform_ref="NULL",
            claimed_at="NULL",
            accepted_at="NULL",
            mirror_pending="FALSE",
        )
    )
    before, conflicts = site.accepted(), _conflicts(live, site)
    site.client.call("sms.hub.gateway", "action_activate", [site.gateway])
    need(lambda: site.waiting() == 0, 300, "texts are waiting")
    [[claims, once]] = query(
        f"SELECT sum(epoch), count(*) FILTER (WHERE epoch = 1) FROM sms_hub_message "
        f"WHERE id > {last}"
    )
    texts = [text for text in site.texts(before) if text.startswith("Claim ")]
    twice = int(claims) - int(once) + len(texts) - len(set(texts))
    yield Row(
        f"claims beyond the first of {ROWS:,} rows, {WORKERS} workers",
        "claims",
        [twice + ROWS - int(once)],
        0,
        note=f"{int(claims):,} claims, {len(texts):,} texts taken",
    )
    if conflicts is not None:
        yield Row(
            "transactions that others' commits made fail, of 1,000 texts",
            "transactions",
            [(_conflicts(live, site) - conflicts) / ROWS * 1000],
            1,
            note="all of them repeated by themselves",
        )


def _conflicts(live: Live, site: Site) -> int | None:
    """Return how many transactions of the site's database could not be serialized.

    ``None`` on a server that is not ours: its log cannot be read.
    """
    if not live.stack.server.ours:
        return None
    layout = live.stack.layout
    log = Cluster(layout, "durable", programs(layout)).log
    return _count(log, site.world.database.name)


def _count(log: Path, database: str) -> int:
    with log.open(errors="replace") as lines:
        return sum(
            f" {database} ERROR:" in line
            and ("could not serialize" in line or "deadlock detected" in line)
            for line in lines
        )
