"""Fixtures of the system tests: a real PostgreSQL that keeps every commit, a real Odoo
server in its own process, and the simulated platform beside it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dev import databases, layout, ports, simulator, stack
from dev.children import Children, end, tail_of
from dev.rpc import OdooClient, wait_for
from dev.serving import LOGIN, PASSWORD, START_TIMEOUT
from dev.simulator import RunningSimulator
from dev.stack import Stack

StartSimulator = Callable[..., RunningSimulator]
StartOdoo = Callable[..., "RunningOdoo"]


@dataclass
class RunningOdoo:
    """An Odoo server of a test.

    :param process: the leader of a process group that is the server's own.
    """

    url: str
    database: str
    log: Path
    process: object

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


@pytest.fixture(scope="session")
def hub_stack() -> Stack:
    """Python, Odoo and the durable PostgreSQL."""
    return stack.ready(layout.current(), "durable")


@pytest.fixture
def database(hub_stack: Stack) -> Iterator[Database]:
    """A new copy of the template with all addons, dropped afterwards."""
    with databases.copied(hub_stack, databases.full_template(hub_stack)) as name:
        yield Database(hub_stack, name)


@pytest.fixture
def children() -> Iterator[Children]:
    """What starts programs that end with the test."""
    with Children() as family:
        yield family


@pytest.fixture
def start_simulator(
    hub_stack: Stack, children: Children, tmp_path: Path
) -> StartSimulator:
    """Start the simulated platform: ``start_simulator("--latency-ms", "100")``."""

    def start(*words: str) -> RunningSimulator:
        place, env = hub_stack.layout, hub_stack.env
        return simulator.start(place, env, children, tmp_path, words)

    return start


@pytest.fixture
def start_odoo(database: Database, children: Children, tmp_path: Path) -> StartOdoo:
    """Start Odoo on the test's database: ``start_odoo(workers=2, max_cron_threads=1)``.

    Settings are those of Odoo's configuration file. May be called again after the
    server was killed.
    """

    def start(**settings: object) -> RunningOdoo:
        hub = database.stack
        port = ports.free()
        defaults = {"max_cron_threads": 2, "log_level": "info"}
        config = hub.write_config(
            database.name,
            **{**defaults, "http_port": port, "gevent_port": ports.free(), **settings},
        )
        log = tmp_path / f"odoo-{port}.log"
        process = children.start(hub.odoo_command(config), log, hub.environment)
        url = f"http://{ports.HOST}:{port}"
        alive = process.poll
        if not wait_for(f"{url}/web/health", START_TIMEOUT, lambda: alive() is None):
            pytest.fail(f"Odoo did not start:\n{tail_of(log)}")
        return RunningOdoo(url, database.name, log, process)

    return start
