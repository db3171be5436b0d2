"""A campaign that loses a platform and a sender on its way, and codes beside it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from types import TracebackType
from urllib.parse import urlsplit

from benchmarks.ledger import copies
from dev.simulator import RunningSimulator
from tests.system import hub

from ..caller import percentile
from ..lab import POOL, Lab, Site
from ..results import Result
from ..scenario import Scenario
from .answers import report

#: Where people live: how their numbers begin, what goes on, which share of all they are
#: and who texts them. The last sender is for everywhere.
COUNTRIES = {
    "IN": ("+9198", 8, 0.4, "INDIAN"),
    "GB": ("+447400", 6, 0.3, "BRITON"),
    "FR": ("+336", 8, 0.3, "ANYONE"),
}
#: Shares of the campaign at which a sender is filtered, and its platform dies.
FILTERED, DEAD = 0.2, 0.5
SPAM = "Blocked as spam"
#: What most people wait for a code, in seconds.
PATIENCE = 1.5
BULK, LATENCY = 50, 100
#: Dispatchers, and beside them threads for reports, housekeeping and the preparation.
DISPATCHERS, THREADS = 2, 5
_CAMPAIGN = "purpose = 'marketing' AND direction = 'out'"


@dataclass
class Codes:
    """Asks for a code every second, whatever became of the one before."""

    site: Site
    asked: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Codes:
        """Begin to ask."""
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(8)
        self._calls: list[Future[object]] = []
        self._asking = threading.Thread(target=self._ask, daemon=True)
        self._asking.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ask no more."""
        self._over.set()
        self._asking.join()
        self._pool.shutdown()
        if kind is None:
            for call in self._calls:
                call.result()

    def _ask(self) -> None:
        began = time.time()
        while not self._over.wait(max(0, began + len(self.asked) - time.time())):
            turn = len(self.asked)
            text = f"Your code is {turn:06d}"
            values = {
                "number": f"+9199{turn:08d}",
                "body": text,
                "hub_purpose": "otp",
            }
            self.asked[text] = time.time()
            self._calls.append(
                self._pool.submit(self.site.client.call, "sms.sms", "create", [values])
            )

    def waits(self) -> list[float]:
        """Return how long each took from the question to the platform, in seconds."""
        return [
            line["at"] - self.asked[line["text"]]
            for line in self.site.accepted()
            if line["text"] in self.asked
        ]


@dataclass
class Story:
    """The campaign and what befalls it."""

    site: Site
    count: int
    mailing: int = 0
    resumed: int = 0

    @property
    def reliable(self) -> RunningSimulator:
        """The platform that lives on."""
        [platform] = self.site.others
        return platform

    def launch(self) -> None:
        """Start a mailing to all contacts, as a person would."""
        call = self.site.client.call
        [model] = call("ir.model", "search", [("model", "=", "res.partner")])
        [self.mailing] = call(
            "mailing.mailing",
            "create",
            [
                {
                    "mailing_type": "sms",
                    "subject": "Sale",
                    "mailing_model_id": model,
                    "mailing_domain": "[('ref', '=', 'campaign')]",
                    "body_plaintext": "{{ object.name }}: 20 % off until Sunday",
                    "sms_allow_unsubscribe": False,
                }
            ],
        )
        call("mailing.mailing", "action_put_in_queue", [self.mailing])

    def wait_for(self, share: float) -> None:
        """Wait until the platforms took a share of the campaign."""
        wanted = share * self.count
        self._need(lambda: self.site.accepted_count() >= wanted, f"{share:.0%} of it")

    def filter_sender(self) -> None:
        """Let operators hold back all that one sender says."""
        match = {"sender": COUNTRIES["GB"][-1]}
        rule = {"fault": f"report:{SPAM}", "match": match}
        hub.control(self.reliable.url, faults=[rule])

    def lose_platform(self) -> None:
        """End a platform as a power cut would."""
        self.site.platform.process.kill()
        self.site.platform.process.wait()

    def wait_for_others(self) -> None:
        """Wait until others took over all that waited for the dead platform."""
        here = f"gateway_id = {self.site.gateway}"
        self._need(
            lambda: _moved(self, "unreachable") and not self._waiting(here),
            "the end of what waited for the dead platform",
        )

    def wait_for_all(self) -> None:
        """Wait until nothing of the campaign waits any more, or is on its way."""
        self._need(lambda: self._prepared() and not self._waiting(), "the end")

    def bring_back(self) -> None:
        """Start the dead platform again at its address; it remembers its jobs."""
        old = self.site.platform
        again = replace(self.site.world, folder=old.accepted.parent)
        port = str(urlsplit(old.url).port)
        self.site.platform = again.start_simulator("--port", port)

    def _need(self, look: Callable[[], bool], what: str) -> None:
        """Wait for something; a person looks after the mailing meanwhile."""

        def looked() -> bool:
            self._let_go_on()
            return look()

        if not hub.wait_until(looked, 900, 1):
            raise AssertionError(f"{what} does not come: {self.site.states()}")

    def _let_go_on(self) -> None:
        """Resume the mailing, which stops by itself where texts are refused."""
        query, call = self.site.world.database.query, self.site.client.call
        if query("SELECT 1 FROM mailing_mailing WHERE hub_paused_at IS NOT NULL"):
            call("mailing.mailing", "action_hub_resume", [self.mailing])
            self.resumed += 1

    def _prepared(self) -> bool:
        found = self.site.world.database.query(
            "SELECT 1 FROM mailing_mailing WHERE hub_prepared"
        )
        return bool(found)

    def _waiting(self, where: str = "TRUE") -> bool:
        return bool(
            self.site.world.database.query(
                f"SELECT 1 FROM sms_hub_message WHERE {_CAMPAIGN} "
                f"AND state IN ('queued', 'held', 'claimed') AND {where} LIMIT 1"
            )
        )


def campaign(lab: Lab) -> Result:
    """Text everybody, by three senders of two platforms, and break one of each."""
    count, latency = lab.scale(1_500, 100_000), lab.scale(700, LATENCY)
    words = ("--latency-ms", str(latency))
    # slow enough in the short form for faults to happen on its way
    gateway = {
        "bulk_size": lab.scale(5, BULK),
        "parallel_requests": lab.scale(4, POOL),
        "read_timeout": 10,
    }
    server = {"max_cron_threads": THREADS}
    with lab.site("campaign", words, server, gateway) as site:
        story = Story(site, count)
        _build(story, words, gateway)
        began = time.monotonic()
        with Codes(site) as codes:
            story.launch()
            story.wait_for(FILTERED)
            story.filter_sender()
            story.wait_for(DEAD)
            story.lose_platform()
            story.wait_for_others()
            story.bring_back()
            story.wait_for_all()
        left = time.monotonic() - began
        site.asked += codes.asked
        settled = site.settling(limit=600)
        waits = codes.waits()
        breaches = [] if settled is not None else ["not settled"]
        breaches += _verdict(story, codes)
        if not lab.short and percentile(waits, 0.95) >= PATIENCE:
            breaches.append(f"one code in twenty took {percentile(waits, 0.95):.1f} s")
        return report(
            site,
            "campaign",
            count + len(codes.asked),
            "texts",
            breaches=breaches,
            recovered=settled,
            note=_note(story, left, waits),
        )


def _build(story: Story, words: tuple[str, ...], gateway: dict[str, object]) -> None:
    """Add the second platform, the senders and the people."""
    site = story.site
    client, folder = site.client, site.world.folder / "second"
    folder.mkdir()
    second = replace(site.world, folder=folder)
    site.others.append(second.start_simulator("--dlr-after", "0.3", *words))
    site.control(push_url="")
    codes = [("code", "in", list(COUNTRIES))]
    places = client.read("res.country", codes, ["code"])
    country_ids = {place["code"]: place["id"] for place in places}
    values = {"rate": 0, "connect_timeout": 1, "bulk_size": BULK, **gateway}
    reserve = COUNTRIES["FR"][-1]
    other = hub.connect(
        client, story.reliable.url, name="Second", sender=reserve, **values
    )
    hub.allow(client, hub_country_ids=[[6, 0, list(country_ids.values())]])
    client.call(
        "sms.hub.gateway", "write", [site.gateway], {"sender": COUNTRIES["IN"][-1]}
    )
    [first] = client.call(
        "sms.hub.sender", "search", [("gateway_id", "=", site.gateway)]
    )
    client.call(
        "sms.hub.sender",
        "write",
        [first],
        {"country_ids": [[6, 0, [country_ids["IN"]]]]},
    )
    british = {
        "name": COUNTRIES["GB"][-1],
        "gateway_id": other,
        "country_ids": [[6, 0, [country_ids["GB"]]]],
        "registration_state": "approved",
    }
    client.call("sms.hub.sender", "create", [british])
    site.share_the_work(DISPATCHERS)
    for code, (begin, digits, share, _sender) in COUNTRIES.items():
        _make_people(
            story, country_ids[code], begin, digits, round(share * story.count)
        )


def _make_people(
    story: Story, country: int, begin: str, digits: int, count: int
) -> None:
    """Make contacts, all but the first by copying that one in the database."""
    number = f"'{begin}' || lpad(n::text, {digits}, '0')"
    person = {
        "name": "Customer 000000",
        "phone": f"{begin}{0:0{digits}d}",
        "ref": "campaign",
        "country_id": country,
    }
    story.site.client.call("res.partner", "create", [person])
    name = "'Customer ' || lpad(n::text, 6, '0')"
    own = "currval('res_partner_id_seq')"
    query = story.site.world.database.query
    query(
        copies(
            "res_partner",
            count - 1,
            # in the order of their names, people of all countries take turns
            name=name,
            complete_name=name,
            phone=number,
            phone_sanitized=number,
            commercial_partner_id=own,
        )
    )
    query("ANALYZE res_partner")


def _verdict(story: Story, codes: Codes) -> list[str]:
    """Return what should not be after it: everybody has one row, which has an end."""
    query, breaches = story.site.world.database.query, []
    [[rows, people]] = query(
        "SELECT count(*), count(DISTINCT number) FROM sms_hub_message "
        f"WHERE {_CAMPAIGN}"
    )
    if {int(rows), int(people)} != {story.count}:
        breaches.append(f"{rows} texts to {people} of {story.count} people")
    lines = [line for line in story.site.accepted() if line["text"] not in codes.asked]
    spam = sum(line["report"] == SPAM for line in lines)
    states = _states(story)
    if not spam or states.get("failed", 0) != spam:
        breaches.append(f"{spam} were filtered, the texts are {states}")
    if not set(states) <= {"delivered", "failed", "unknown"}:
        breaches.append(f"the texts are {states}")
    most = DISPATCHERS * POOL * BULK
    if states.get("unknown", 0) > most:
        breaches.append(f"{states['unknown']} are unknown, {most} may be on their way")
    for why in ("paused", "unreachable"):
        if not _moved(story, why):
            breaches.append(f"nobody took over what was {why}")
    codes_now = dict(
        query(
            "SELECT state, count(*) FROM sms_hub_message WHERE purpose = 'otp' "
            "GROUP BY state"
        )
    )
    # one may have been on its way to the platform that died
    if not set(codes_now) <= {"delivered", "unknown"}:
        breaches.append(f"the codes are {codes_now}")
    return breaches


def _states(story: Story) -> dict[str, int]:
    rows = story.site.world.database.query(
        f"SELECT state, count(*) FROM sms_hub_message WHERE {_CAMPAIGN} GROUP BY state"
    )
    return {state: int(count) for state, count in rows}


def _moved(story: Story, why: str) -> int:
    """Return how many texts another sender took over for a reason."""
    [[count]] = story.site.world.database.query(
        f"SELECT count(*) FROM sms_hub_message WHERE {_CAMPAIGN} "
        f"AND jsonb_path_exists(hops, '$[*] ? (@.why == \"{why}\")')"
    )
    return int(count)


def _note(story: Story, left: float, waits: list[float]) -> str:
    """Tell the story in figures."""
    lines = story.site.accepted()
    marketing = [line for line in lines if not line["text"].startswith("Your code")]
    senders = Counter(line["sender"] for line in marketing)
    first = min((line["at"] for line in lines if line["report"] == SPAM), default=0)
    [[pause]] = story.site.world.database.query(
        "SELECT EXTRACT(EPOCH FROM min(since)) FROM sms_hub_sender_pause"
    ) or [["0"]]
    p50, p95 = (percentile(waits, share) for share in (0.5, 0.95))
    told = ", ".join(f"{count:,} by {name}" for name, count in senders.most_common())
    return (
        f"{story.count:,} people in {left:.0f} s: {told}; moved: "
        f"{_moved(story, 'paused'):,} away from the filtered sender, which was paused "
        f"{float(pause or 0) - first:.0f} s after its first filtered text, "
        f"{_moved(story, 'unreachable'):,} away from the dead platform; the mailing "
        f"stopped itself {story.resumed} times and was resumed; {len(waits)} codes "
        f"within {p50:.2f} / {p95:.2f} / {max(waits):.2f} s (p50 / p95 / slowest)"
    )


SCENARIOS = (
    Scenario(
        "campaign",
        "A mailing to 100,000 people by three senders of two platforms, and a code "
        "every second beside it: a fifth on its way the operators begin to filter one "
        "sender, halfway the platform of another dies with kill -9 and comes back when "
        "nothing waits for it any more.",
        "Everybody has one text, sent once at most, and a row that says what became of "
        "it; others take over from the filtered sender and from the dead platform; "
        f"95 % of the codes reach a platform within {PATIENCE} s.",
        campaign,
        alone=True,
        slow=True,
    ),
)
