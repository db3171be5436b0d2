"""A database, an Odoo server and the simulated platform that live for one test."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dev import databases, ports, simulator
from dev.children import Children, end, tail_of
from dev.rpc import OdooClient, wait_for
from dev.serving import LOGIN, PASSWORD, START_TIMEOUT
from dev.simulator import RunningSimulator
from dev.stack import Stack

#: Addons that let Odoo's own connector call the simulator.
SIMULATOR_ADDONS = Path(__file__).parents[1] / "simulator" / "addons"


@dataclass
class RunningOdoo:
    """An Odoo server of a test.

    :param process: the leader of a process group that is the server's own.
    """

    url: str
    database: str
    log: Path
    process: subprocess.Popen[bytes]

    def login(self, login: str = LOGIN, password: str = PASSWORD) -> OdooClient:
        """Log in over HTTP."""
        return OdooClient(self.url, self.database, login, password)

    def kill(self) -> None:
        """End the server and its workers as a power cut would: with ``kill -9``."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End the server as an administrator would."""
        end(self.process)


@dataclass(frozen=True)
class Database:
    """A database of one test."""

    stack: Stack
    name: str

    def query(self, sql: str) -> list[list[str]]:
        """Return rows of columns as text, read beside Odoo and not through it."""
        rows = self.stack.server.query(sql, self.name)
        return [row.split("|") for row in rows]

    def records(self, sql: str) -> list[dict]:
        """Return rows as dictionaries, for columns that may hold any character."""
        rows = self.stack.server.query(
            f"SELECT row_to_json(found) FROM ({sql}) AS found", self.name
        )
        return [json.loads(row) for row in rows]

    def wake(self, action: str) -> None:
        """Let a scheduled action run now."""
        self.query(
            "INSERT INTO ir_cron_trigger (cron_id, call_at) SELECT id, "
            f"now() AT TIME ZONE 'UTC' FROM ir_cron WHERE cron_name = '{action}'"
        )
        self.stack.server.query(f"NOTIFY cron_trigger, '{self.name}'")


@dataclass(frozen=True)
class World:
    """Where one test, or one scenario of it, takes place.

    :param folder: for the logs of the programs.
    """

    database: Database
    children: Children
    folder: Path

    def start_simulator(self, *words: str) -> RunningSimulator:
        """Start the simulated platform: ``start_simulator("--latency-ms", "100")``."""
        hub = self.database.stack
        return simulator.start(hub.layout, hub.env, self.children, self.folder, words)

    def start_odoo(
        self,
        environment: dict[str, str] | None = None,
        addons: Sequence[Path] = (),
        **settings: object,
    ) -> RunningOdoo:
        """Start Odoo on the database: ``start_odoo(workers=2, max_cron_threads=1)``.

        May be called again after the server was killed.

        :param addons: further folders to find addons in.
        :param settings: of Odoo's configuration file.
        """
        hub = self.database.stack
        port = settings.pop("http_port", None) or ports.free()
        folders = [*hub.addons_path, *addons]
        config = hub.write_config(
            self.database.name,
            **{
                "max_cron_threads": 2,
                "log_level": "info",
                "gevent_port": ports.free(),
                "addons_path": ",".join(str(folder) for folder in folders),
                "http_port": port,
                **settings,
            },
        )
        log = self.folder / f"odoo-{len(self.children.started)}.log"
        environment = {**hub.environment, **(environment or {})}
        process = self.children.start(hub.odoo_command(config), log, environment)
        url = f"http://{ports.HOST}:{port}"
        if not wait_for(
            f"{url}/web/health", START_TIMEOUT, lambda: process.poll() is None
        ):
            raise AssertionError(f"Odoo did not start:\n{tail_of(log)}")
        return RunningOdoo(url, self.database.name, log, process)


@contextmanager
def new_world(stack: Stack, template: str, folder: Path) -> Iterator[World]:
    """Yield a world of its own; its programs end and its database goes afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    with databases.copied(stack, template) as name:
        with Children() as children:
            yield World(Database(stack, name), children, folder)
