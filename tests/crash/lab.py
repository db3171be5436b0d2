"""Where a scenario takes place: a company that texts, and what became of its texts."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from dev import ports
from dev.rpc import OdooClient, RpcError
from dev.simulator import RunningSimulator
from dev.stack import Stack
from tests.simulator.checker import Problem, compare
from tests.system.hub import (
    LEDGER,
    connect,
    control,
    runner_takes,
    share_the_work,
    wait_until,
    webhook_address,
)
from tests.system.world import SIMULATOR_ADDONS, RunningOdoo, World, new_world

from .runner import CRONS, Runner

ADDONS = Path(__file__).with_name("addons")
#: Texts on their way at the same time.
POOL = 20
#: Limits of a request, in seconds.
CONNECT, ANSWER = 1, 2
#: Until nobody owns a text any more whose worker died: the limits of a request, a slice
#: and what is claimed ahead of the rate.
LEASE = CONNECT + ANSWER + 10 + 2
#: Until everything that a fault stopped goes on: Odoo looks for work once a minute.
RECOVERY = LEASE + 60
#: States in which a text may stay for ever.
SETTLED = frozenset(
    {"delivered", "failed", "expired", "unknown", "blocked", "cancelled"}
)
#: States in which a text was given up.
GIVEN_UP = frozenset({"failed", "expired", "blocked", "cancelled"})
#: Texts that are asked for in one call.
CHUNK = 500
_DENIED = (Problem.NO_ROW, Problem.ROW_DENIES)


@dataclass(frozen=True)
class Audit:
    """The ledger beside the platform's log."""

    lost: int
    duplicated: int
    states: dict[str, int]
    findings: tuple[str, ...]

    @property
    def unknown(self) -> int:
        """Texts of which nobody knows whether they were accepted."""
        return self.states.get("unknown", 0)


class Fault:
    """The order to a worker to die or to freeze somewhere, followed once."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "fault"

    def order(
        self, point: str, turn: int = 1, delay: float = 0, action: str = "KILL"
    ) -> None:
        """Give the order; whoever followed an earlier one is forgotten.

        :param turn: at which pass of a worker.
        :param delay: seconds after that.
        :param action: ``KILL`` or ``STOP``.
        """
        for followed in self._followed():
            followed.unlink()
        part = self.file.with_suffix(".part")
        part.write_text(f"{action} {point} {turn} {delay:.4f}")
        part.rename(self.file)

    def victim(self, limit: float = 60) -> int | None:
        """Wait for the order to be followed; return the process id of the worker."""
        if not wait_until(self._followed, limit, 0.02):
            return None
        return int(self._followed()[0].suffix[1:])

    def _followed(self) -> list[Path]:
        return [
            path
            for path in self.file.parent.glob(f"{self.file.name}.*")
            if path.suffix[1:].isdigit()
        ]


@dataclass
class Site:
    """A company with an active gateway at the simulator, and its servers."""

    world: World
    platform: RunningSimulator
    fault: Fault
    settings: dict[str, object]
    runner: Runner = CRONS
    #: Further platforms; each has a log of its own.
    others: list[RunningSimulator] = field(default_factory=list)
    server: RunningOdoo | None = None
    client: OdooClient | None = None
    gateway: int = 0
    asked: list[str] = field(default_factory=list)
    revived: int = 0
    _numbers: int = 0

    # === SERVERS === #

    def start(self, **settings: object) -> RunningOdoo:
        """Start one more server on the database, in processes as in production."""
        ours = "sms_hub_simulator", "sms_hub_fault_points"
        modules = "base", "web", *ours, *self.runner.modules
        return self.world.start_odoo(
            {
                "SMS_HUB_FAULT": str(self.fault.file),
                "SMS_HUB_SIMULATOR": self.platform.url,
                **self.runner.environment,
            },
            addons=(ADDONS, SIMULATOR_ADDONS),
            **self.runner.configured(
                **{"server_wide_modules": ",".join(modules), **settings}
            ),
        )

    def restart(self) -> None:
        """Start the server anew at its address, and log in."""
        self.server = self.start(**self.settings)
        self.client = self.server.login()

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """Start the server again whenever it ends by itself, as a service manager does.

        Odoo ends when it needs a new worker and the database does not answer.
        """
        over = threading.Event()

        def watch() -> None:
            while not over.wait(0.5):
                if self.server.process.poll() is not None:
                    self.revived += 1
                    self.server.stop()
                    # the database may still be away; then once more
                    with suppress(AssertionError, OSError, RpcError):
                        self.restart()

        with ThreadPoolExecutor(1) as pool:
            watching = pool.submit(watch)
            try:
                yield
            finally:
                over.set()
                watching.result()

    def share_the_work(self, slots: int) -> None:
        """Let several scheduled actions, or what does their work, hand over at once."""
        share_the_work(self.client, slots)
        self.hand_to_runner(slots)

    def hand_to_runner(self, slots: int = 1) -> None:
        """Wait until the runner does the work, where one is to do it.

        Until then a scheduled action hands over beside the jobs, and Odoo has no other
        worker for those that keep the runner going.

        :param slots: how many scheduled actions hand over.
        """
        actions = self.runner.takes_over and self.runner.takes_over + slots
        if actions and not runner_takes(self.world.database, actions):
            raise AssertionError(f"{self.runner.name} does not take over.")

    # === TEXTS === #

    def text(
        self, label: str, count: int, purpose: str = "transactional", **more: object
    ) -> list[str]:
        """Ask Odoo to text as many numbers of nobody; return the texts.

        :param label: how each text begins.
        """
        texts = [f"{label}: {turn}" for turn in range(count)]
        self.write(texts, purpose, **more)
        return texts

    def write(
        self, texts: Sequence[str], purpose: str = "transactional", **more: object
    ) -> list[str]:
        """Ask Odoo for these texts, each to another number; return the numbers."""
        numbers = self.new_numbers(len(texts))
        values = [
            {"number": number, "body": text, "hub_purpose": purpose, **more}
            for number, text in zip(numbers, texts, strict=True)
        ]
        for start in range(0, len(values), CHUNK):
            self.client.call("sms.sms", "create", values[start : start + CHUNK])
        self.asked += texts
        return numbers

    def new_numbers(self, count: int) -> list[str]:
        """Return Indian mobile numbers that no text went to yet."""
        first = self._numbers
        self._numbers += count
        return [f"+9198{first + turn:08d}" for turn in range(count)]

    def states(self, label: str = "") -> dict[str, int]:
        """Return how many texts that begin with the label are in each state."""
        rows = self.world.database.query(
            "SELECT state, COUNT(*) FROM sms_hub_message WHERE direction = 'out' "
            f"AND starts_with(body, '{label}') GROUP BY state ORDER BY state"
        )
        return {state: int(count) for state, count in rows}

    def settling(
        self, label: str = "", limit: float | None = None, settled: object = SETTLED
    ) -> float | None:
        """Wait until no text with the label moves any more.

        :param limit: seconds; those that a recovery may take unless given.
        :return: the seconds that took; none if it was not so after the limit.
        """
        limit = RECOVERY + self.runner.delay if limit is None else limit
        return waited(lambda: set(self.states(label)) <= set(settled), limit, 0.3)

    # === THE PLATFORM === #

    def accepted(self) -> list[dict]:
        """Return what the platforms took, each in order."""
        return [
            json.loads(line)
            for log in self._logs()
            for line in log.read_text().splitlines()
        ]

    def accepted_count(self) -> int:
        """Return how many texts the platforms took."""
        return sum(log.read_bytes().count(b"\n") for log in self._logs())

    def _logs(self) -> list[Path]:
        return [platform.accepted for platform in (self.platform, *self.others)]

    def stats(self) -> dict:
        """Return the platform's own figures."""
        with urlopen(f"{self.platform.url}/_stats", timeout=10) as answer:
            return json.load(answer)

    def control(self, **settings: object) -> None:
        """Change how the platform behaves."""
        control(self.platform.url, **settings)

    def webhook(self) -> str:
        """Return the address that the platform reports to."""
        return webhook_address(self.client, self.gateway)

    # === VERDICT === #

    def audit(self, *, refused: bool = True) -> Audit:
        """Compare all that was asked for, the ledger and the platform's log.

        :param refused: whether anybody may have refused a text; where nobody did, one
            that was given up is lost.
        """
        ledger, log = self.world.database.records(LEDGER), self.accepted()
        findings = compare(ledger, log)
        held = Counter(row["text"] for row in ledger)
        missing = [text for text in self.asked if not held[text]]
        final = {*SETTLED, "accepted"} if refused else {*SETTLED, "accepted"} - GIVEN_UP
        stuck = [row for row in ledger if row["state"] not in final]
        denied = [found.text for found in findings if found.problem in _DENIED]
        taken = Counter((line["number"], line["text"]) for line in log)
        words = [
            *(f"in no row: {text}" for text in missing),
            *(f"ended as {row['state']}: {row['text']}" for row in stuck),
            *map(str, findings),
        ]
        return Audit(
            lost=len({*missing, *denied, *(row["text"] for row in stuck)}),
            duplicated=sum(times - 1 for times in taken.values()),
            states=dict(Counter(row["state"] for row in ledger)),
            findings=tuple(words),
        )

    def traces(self) -> int:
        """Return how many errors the servers wrote into their logs, traces included."""
        return sum(
            log.read_text(errors="replace").count("Traceback (most recent call last)")
            for log in self.world.folder.glob("odoo-*.log")
        )


@dataclass(frozen=True)
class Lab:
    """What a run gives to its scenarios.

    :param seeds: the seeds of random scenarios.
    :param short: run in the short form, one seed and little load.
    :param runner: who starts the work.
    """

    stack: Stack
    template: str
    folder: Path
    seeds: tuple[int, ...]
    short: bool = False
    runner: Runner = CRONS

    def scale(self, short: int, long: int) -> int:
        """Return a size that depends on the form of the run."""
        return short if self.short else long

    @contextmanager
    def world(self, name: str) -> Iterator[World]:
        """Yield an empty world; the logs of its programs outlive it."""
        with new_world(self.stack, self.template, self.folder / name) as world:
            yield world

    @contextmanager
    def site(
        self,
        name: str,
        platform: Sequence[str] = (),
        server: dict[str, object] | None = None,
        gateway: dict[str, object] | None = None,
    ) -> Iterator[Site]:
        """Yield a company that is ready to text.

        :param platform: words for the simulator.
        :param server: settings of Odoo's configuration.
        :param gateway: values of the gateway.
        """
        with self.world(name) as world:
            settings = {"http_port": ports.free(), **(server or {})}
            site = Site(
                world,
                world.start_simulator("--dlr-after", "0.3", *platform),
                Fault(world.folder.absolute()),
                settings,
                self.runner,
            )
            site.restart()
            values = {
                "parallel_requests": POOL,
                "connect_timeout": CONNECT,
                "read_timeout": ANSWER,
                "rate": 0,
                **(gateway or {}),
            }
            site.gateway = connect(site.client, site.platform.url, **values)
            site.control(push_url=site.webhook())
            site.hand_to_runner()
            yield site


def waited(
    look: Callable[[], object], limit: float, pause: float = 0.1
) -> float | None:
    """Return the seconds until ``look()`` was true; none if that did not happen."""
    started = time.monotonic()
    return time.monotonic() - started if wait_until(look, limit, pause) else None
