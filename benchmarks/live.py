"""Real servers to measure: Odoo in processes as in production, and a platform.

Both sides of a comparison run on the same PostgreSQL, with the same configuration of
Odoo and against the same simulator.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev import databases
from dev.postgres import Cluster
from dev.postgres_home import programs
from dev.rpc import OdooClient
from dev.simulator import RunningSimulator
from dev.stack import Stack
from tests.system import hub
from tests.system.world import SIMULATOR_ADDONS, RunningOdoo, World, new_world

from .cpu import Meter

ADDONS = Path(__file__).with_name("addons")
#: One worker for people and one for scheduled actions.
ONE_WORKER = {"workers": 1, "max_cron_threads": 1, "log_level": "warn"}
#: Texts that are asked for in one call.
CHUNK = 1000
#: Core's queue, which takes its next batch at once as long as there is one.
_CORE_BATCHES = ("sms.session.batch.size", "sms_twilio.session.batch.size")


@dataclass
class Site:
    """A company that texts, its server and the platform."""

    world: World
    platform: RunningSimulator
    server: RunningOdoo
    client: OdooClient
    gateway: int = 0
    _texts: int = 0
    _meter: Meter | None = None

    def ask(self, count: int, purpose: str = "") -> float:
        """Ask Odoo for personal texts to numbers of nobody, as any addon would.

        Ours wait behind a paused gateway until all are asked for; core's go at once.

        :param purpose: of ours.
        :return: the moment before the first of them could go out.
        """
        more = {"hub_purpose": purpose} if purpose else {}
        values = [
            {
                "number": f"+9198{number:08d}",
                "body": f"Dear customer {number}, your order is on its way to you.",
                **more,
            }
            for number in range(self._texts, self._texts + count)
        ]
        self._texts += count
        began = time.time()
        if not self.gateway:
            self.client.call("sms.sms", "create", values)
            return began
        self.client.call("sms.hub.gateway", "action_pause", [self.gateway])
        for start in range(0, count, CHUNK):
            self.client.call("sms.sms", "create", values[start : start + CHUNK])
        began = time.time()
        self.client.call("sms.hub.gateway", "action_activate", [self.gateway])
        return began

    def accepted(self) -> int:
        """Return how many texts the platform took so far."""
        return self.platform.accepted.read_bytes().count(b"\n")

    def moments(self, first: int = 0) -> list[float]:
        """Return when the platform took each text, in order, after the first ones."""
        return [entry["at"] for entry in self._taken(first)]

    def texts(self, first: int = 0) -> list[str]:
        """Return the texts that the platform took, after the first ones."""
        return [entry["text"] for entry in self._taken(first)]

    def _taken(self, first: int) -> list[dict]:
        lines = self.platform.accepted.read_text().splitlines()[first:]
        return [json.loads(line) for line in lines]

    def rate(
        self, count: int, latency: float, limit: float, purpose: str = ""
    ) -> float:
        """Send texts, and return how many a second the platform took.

        :param latency: seconds that a request takes, which the last one still needs.
        :param limit: seconds after which they should be out.
        """
        before = self.accepted()
        self.ask(count, purpose)
        self._meter = self._meter or Meter(self._programs())
        with self._meter.reading(count):
            need(lambda: self.accepted() >= before + count, limit, "texts are missing")
        moments = self.moments(before)
        if len(moments) != count:
            raise AssertionError(f"{len(moments)} texts taken instead of {count}")
        self.settle()
        return count / (moments[-1] - moments[0] + latency)

    def cpu(self) -> str:
        """Say what the programs used in the rounds since this was asked last."""
        meter, self._meter = self._meter, None
        return meter.words() if meter else ""

    def _programs(self) -> dict[str, int]:
        """Return the process ids of all that take part."""
        found = {
            "Odoo": self.server.process.pid,
            "platform": self.platform.process.pid,
        }
        stack = self.world.database.stack
        if stack.server.ours:
            layout = stack.layout
            pid = Cluster(layout, "durable", programs(layout)).pid()
            found.update({"PostgreSQL": pid} if pid else {})
        return found

    def settle(self) -> None:
        """Wait until every answer is stored, and nothing else is due."""
        need(lambda: self.waiting() == 0, 60, "answers are missing")

    def waiting(self) -> int:
        """Return how many texts wait, or are on their way."""
        [[count]] = self.world.database.query(
            "SELECT count(*) FROM sms_hub_message WHERE state IN ('queued', 'claimed')"
            if self.gateway
            else "SELECT count(*) FROM sms_sms WHERE state = 'outgoing'"
            " AND NOT to_delete"
        )
        return int(count)

    def share_the_work(self, slots: int) -> None:
        """Let several workers hand over at the same time."""
        hub.share_the_work(self.client, slots)

    def control(self, **settings: object) -> None:
        """Change how the platform behaves."""
        hub.control(self.platform.url, **settings)

    def set(self, **values: object) -> None:
        """Change the gateway."""
        self.client.call("sms.hub.gateway", "write", [self.gateway], values)


@dataclass(frozen=True)
class Live:
    """What a benchmark of real servers gets.

    :param folder: for the logs of the programs.
    """

    stack: Stack
    folder: Path

    @contextmanager
    def world(self, kind: str, name: str = "") -> Iterator[World]:
        """Yield a new world.

        :param kind: ``hub`` has our addons installed, ``core`` only what they stand on.
        :param name: tells it from another one of its kind.
        """
        template = {
            "hub": databases.full_template,
            "core": databases.base_template,
        }[kind](self.stack)
        folder = self.folder / (name or kind)
        with new_world(self.stack, template, folder) as world:
            yield world

    @contextmanager
    def site(
        self,
        kind: str,
        platform: Sequence[str] = (),
        server: dict[str, object] | None = None,
        name: str = "",
        **gateway: object,
    ) -> Iterator[Site]:
        """Yield a company that texts through ours, or through Odoo's connector.

        :param platform: words for the simulator.
        :param server: settings of Odoo's configuration.
        :param name: tells it from another one of its kind.
        :param gateway: values of the gateway.
        """
        with self.world(kind, name) as world:
            running = world.start_simulator("--dlr-after", "0", *platform)
            odoo = start(world, running, **(server or {}))
            site = Site(world, running, odoo, odoo.login())
            if kind == "hub":
                values = {"rate": 0, "read_timeout": 10, **gateway}
                site.gateway = hub.connect(site.client, running.url, **values)
            else:
                connect_core(site)
            yield site


def start(world: World, platform: RunningSimulator, **settings: object) -> RunningOdoo:
    """Start Odoo, with the peers' other address, on a world's database."""
    return world.start_odoo(
        {"SMS_HUB_SIMULATOR": platform.url},
        addons=(ADDONS, SIMULATOR_ADDONS),
        **{
            **ONE_WORKER,
            "server_wide_modules": "base,web,sms_hub_simulator,sms_hub_bench_peers",
            **settings,
        },
    )


def connect_core(site: Site, provider: str = "twilio", batch: int = 10) -> None:
    """Let the company text through Odoo's own connector.

    :param provider: ``twilio``, or ``iap`` for the service of Odoo.
    :param batch: texts that the queue takes at a time.
    """
    client = site.client
    hub.connect_core(client, provider)
    settings = {
        "sms.endpoint": site.platform.url,
        **dict.fromkeys(_CORE_BATCHES, batch),
    }
    for key, value in settings.items():
        client.call("ir.config_parameter", "set_param", key, str(value))


def need(look: Callable[[], object], limit: float, what: str) -> None:
    """Wait until ``look()`` is true, or break the benchmark off."""
    if not hub.wait_until(look, limit, 0.05):
        raise AssertionError(f"After {limit:.0f} s, {what}.")


def memory(pid: int) -> float:
    """Return the resident memory of a process, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    if not found:
        raise AssertionError(f"Process {pid} is gone.")
    return int(found[1]) / 1024
