"""Handing over personal texts: ours beside what Odoo sends with by itself.

Real workers, one for scheduled actions on each side, and real HTTP to a platform that
takes its time. Texts are asked for before the clock starts; it runs from the first one
that the platform takes to the answer to the last. All of them are different, as the
texts of a reminder are, so that nobody can say one thing to many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

from .figures import Row, side_by_side, sized
from .live import Live, Site, connect_core

#: Requests a second that the account may make, where it is limited.
ACCOUNT = 200
#: Texts of a round: of the peers', which take a second for ten of them, and of ours.
SLOW, FAST, BULK, CORE = sized((40, 1200, 10_000, 1000), (10, 300, 1000, 200))
#: Requests on their way at the same time: enough for a second of waiting at the limit.
PARALLEL = 100
#: Texts per request where several travel together; core's batch is as large.
TOGETHER = 50
LIMIT = 120


def run(live: Live) -> list[Row]:
    """Measure texts per second on both sides."""
    with ExitStack() as stack:
        ours = stack.enter_context(
            live.site("hub", parallel_requests=PARALLEL, bulk_size=TOGETHER)
        )
        peer = stack.enter_context(live.site("core"))
        return [
            *_one_by_one(ours, peer, 100),
            *_one_by_one(ours, peer, 300),
            *_unlimited(ours, peer),
            *_together(ours, peer),
        ]


def _one_by_one(ours: Site, peer: Site, latency: int) -> Iterator[Row]:
    """One text per request, at a limited account; the figure and the ratio."""
    ours.set(rate=ACCOUNT)
    what = f"sending, 1 text per request, {latency} ms, account of {ACCOUNT}/s"
    mine, beside = _rates(ours, peer, latency, FAST, SLOW, "transactional")
    if latency == 100:
        yield Row(what, "texts/s", mine, 150, at_most=False, note=ours.cpu())
    yield Row(
        f"{what}, beside sms_twilio",
        "texts/s",
        mine,
        15,
        beside,
        at_most=False,
    )


def _unlimited(ours: Site, peer: Site) -> Iterator[Row]:
    """One text per request, as fast as one worker can."""
    ours.set(rate=0)
    mine, _beside = _rates(ours, peer, 100, 2 * FAST, 0, "transactional")
    what = "sending, 1 text per request, 100 ms, account without a limit"
    yield Row(what, "texts/s", mine, 400, at_most=False, note=ours.cpu())


def _together(ours: Site, peer: Site) -> Iterator[Row]:
    """Fifty texts per request, as campaigns travel."""
    ours.set(rate=ACCOUNT)
    what = f"sending, {TOGETHER} texts per request, 100 ms"
    mine, twilio = _rates(ours, peer, 100, BULK, SLOW, "marketing")
    yield Row(what, "texts/s", mine, 1000, at_most=False, note=ours.cpu())
    yield Row(
        f"{what}, beside sms_twilio (which cannot)",
        "texts/s",
        mine,
        100,
        twilio,
        at_most=False,
    )
    connect_core(peer, "iap", TOGETHER)
    mine, core = _rates(ours, peer, 100, BULK, CORE, "marketing")
    yield Row(
        f"{what}, beside Odoo's own service in batches of {TOGETHER}",
        "texts/s",
        mine,
        2,
        core,
        at_most=False,
    )


def _rates(
    ours: Site, peer: Site, latency: int, mine: int, theirs: int, purpose: str
) -> tuple[list[float], list[float]]:
    """Measure both sides in turns at a latency (ms).

    :param mine: texts of a round of ours, and
    :param theirs: of the peer's, 0 for no peer.
    """
    for site in (ours, peer):
        site.control(latency_ms=latency)
    ours.cpu()  # what earlier rows used

    def rate(site: Site, count: int, purpose: str = "") -> Callable[[], float]:
        return lambda: (
            site.rate(count, latency / 1000, LIMIT, purpose) if count else 0.0
        )

    return side_by_side(rate(ours, mine, purpose), rate(peer, theirs))
