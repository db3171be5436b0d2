"""Workers that freeze, compete, or meet a text that kills them."""

from __future__ import annotations

import os
import random
import signal
import time

from tests.system.hub import rest, wait_until

from ..caller import Caller, inbound
from ..lab import LEASE, POOL, RECOVERY, Lab, Site, waited
from ..results import Result
from ..scenario import Scenario
from .answers import report
from .webhooks import all_applied

TEXTS = 100
#: Texts that end a worker, texts that break the client, and all others around them.
DEADLY, BREAKING, HARMLESS = 2, 2, 96
#: People who answer at the same time.
REPLIES = 20


def frozen(lab: Lab) -> Result:
    """Stop a worker for longer than its lease, and let it go on."""
    seeds = lab.seeds[: lab.scale(1, 6)]
    breaches, late = [], 0
    with lab.site("frozen", ("--latency-ms", "150")) as site:
        site.share_the_work(2)
        for seed in seeds:
            label = f"frozen {seed}"
            point = ("after_claim", "request_sent")[seed % 2]
            turn = random.Random(label).randint(1, 3)
            site.fault.order(point, turn, action="STOP")
            site.text(label, TEXTS)
            worker = site.fault.victim()
            if worker is None:
                breaches.append(f"seed {seed}: nobody froze")
                continue
            if site.settling(label) is None:
                breaches.append(f"seed {seed}: not settled without the frozen worker")
            before = site.states(label).get("unknown", 0)
            os.kill(worker, signal.SIGCONT)
            # what it still holds, it sends or hears of now
            rest(5)
            if site.settling(label) is None:
                breaches.append(f"seed {seed}: not settled with the frozen worker")
            late += before - site.states(label).get("unknown", 0)
        return report(
            site,
            "frozen",
            len(seeds),
            "freezes",
            breaches=breaches,
            refused=False,
            note=f"{len(seeds) * TEXTS} texts; {late} were unknown until the frozen "
            "worker woke up and stored its answers",
        )


def crowd(lab: Lab) -> Result:
    """Let eight workers of two servers work on one queue."""
    count = lab.scale(400, 10_000)
    with lab.site("crowd", ("--latency-ms", "20"), {"max_cron_threads": 4}) as site:
        site.share_the_work(4)
        site.start(workers=1, max_cron_threads=4)
        started = time.monotonic()
        site.text("crowd", count)
        # it is about claims: reports may still be on their way
        taken = site.settling(limit=900, settled={"accepted", "delivered"})
        spent = time.monotonic() - started
        breaches = [] if taken is not None else [f"the texts are {site.states()}"]
        again = site.world.database.query(
            "SELECT count(*) FROM sms_hub_message WHERE epoch != 1"
        )
        if again != [["0"]]:
            breaches.append(f"{again[0][0]} texts were claimed more than once")
        return report(
            site,
            "crowd",
            count,
            "texts",
            breaches=breaches,
            recovered=taken,
            note=f"two servers, eight workers, four of them send: {count / spent:.0f} "
            f"texts/s; {again[0][0]} claimed twice",
        )


def poison(lab: Lab) -> Result:
    """Put texts into the queue that end whoever tries to hand them over."""
    with lab.site("poison", ("--latency-ms", "50")) as site:
        texts = [f"poison-kill {turn}" for turn in range(DEADLY)]
        texts += [f"poison-raise {turn}" for turn in range(BREAKING)]
        texts += [f"harmless {turn}" for turn in range(HARMLESS)]
        random.Random(lab.seeds[0]).shuffle(texts)
        site.write(texts)
        taken = site.settling(limit=2 * DEADLY * LEASE + 60)
        bad, good = site.states("poison"), site.states("harmless")
        breaches = []
        if bad != {"unknown": DEADLY + BREAKING}:
            breaches.append(f"the poison is {bad}")
        if not set(good) <= {"delivered", "unknown"}:
            breaches.append(f"the others are {good}")
        if good.get("unknown", 0) > DEADLY * POOL:
            breaches.append(f"{good['unknown']} others are unknown")
        tries = site.world.database.query(
            "SELECT max(epoch) FROM sms_hub_message WHERE starts_with(body, 'poison')"
        )
        if tries != [["1"]]:
            breaches.append(f"poison was tried {tries[0][0]} times")
        return report(
            site,
            "poison",
            DEADLY + BREAKING,
            "poisons",
            breaches=breaches,
            recovered=taken,
            note=f"each tried {tries[0][0]} time, then left to a person; of "
            f"{HARMLESS} others {good.get('delivered', 0)} delivered, the rest was on "
            "its way with a worker that died",
        )


def replies(lab: Lab) -> Result:
    """Kill the worker that posts what people answered."""
    points = ("reply_obeyed", "reply_posted", "replies_committed")
    seeds = range(1, lab.scale(1, 10) * len(points) + 1)
    breaches, slowest, lost, twice = [], 0.0, 0, 0
    with lab.site("replies") as site:
        for seed in seeds:
            label = f"Reply of round {seed},"
            chance = random.Random(label)
            point = points[seed % len(points)]
            turn = 1 if point == "replies_committed" else chance.randint(1, REPLIES)
            site.fault.order(point, turn)
            _answer(site, label, seed)
            if site.fault.victim() is None:
                breaches.append(f"seed {seed}: nobody died")
            taken = waited(lambda: all_applied(site, 0.2), RECOVERY)
            slowest = max(slowest, RECOVERY if taken is None else taken)
            posted = _posted(site, label)
            lost += sum(not posted.get(turn, 0) for turn in range(REPLIES))
            twice += sum(times - 1 for times in posted.values())
        if lost or twice:
            breaches.append(f"{lost} replies lost, {twice} posted twice")
        findings = site.audit().findings
    return Result(
        "replies",
        len(seeds),
        "kills",
        lost,
        twice,
        recovered=slowest,
        note=f"{len(seeds) * REPLIES} replies, each posted once on its lead",
        breaches=(*breaches, *findings),
        seeds=tuple(seeds),
    )


def _answer(site: Site, label: str, seed: int) -> None:
    """Make leads, and let each of them answer."""
    numbers = [f"+9199{seed:04d}{turn:04d}" for turn in range(REPLIES)]
    site.client.call(
        "crm.lead",
        "create",
        [{"name": number, "phone": number} for number in numbers],
    )
    caller = Caller(site.webhook())
    for turn, number in enumerate(numbers):
        event = inbound(number, f"{label} lead {turn}.", f"in-{seed}-{turn}", "HUBTST")
        wait_until(lambda event=event: caller.push(event) == 200, 30)


def _posted(site: Site, label: str) -> dict[int, int]:
    """Return how often each reply of a round is posted."""
    return {
        turn: int(
            site.world.database.query(
                "SELECT count(*) FROM mail_message WHERE model = 'crm.lead' "
                f"AND strpos(body, '{label} lead {turn}.') > 0"
            )[0][0]
        )
        for turn in range(REPLIES)
    }


SCENARIOS = (
    Scenario(
        "frozen",
        "A worker is stopped with SIGSTOP for longer than its lease, after its claim "
        "or while its requests are on their way, and goes on later; another worker "
        "sends meanwhile.",
        "Nobody else sends what the frozen worker holds; what it hears afterwards is "
        "stored.",
        frozen,
        slow=True,
    ),
    Scenario(
        "crowd",
        "Eight workers of two servers work on one queue.",
        "No text is claimed twice.",
        crowd,
    ),
    Scenario(
        "poison",
        "Some texts end every worker that tries to hand them over, others break the "
        "client that talks to the platform.",
        "Each is tried once and then left to a person; all others go out.",
        poison,
        slow=True,
    ),
    Scenario(
        "replies",
        f"The worker that posts {REPLIES} replies on their leads is killed with "
        "kill -9 before, between and after its commits.",
        "Every reply is posted once.",
        replies,
        slow=True,
    ),
)
