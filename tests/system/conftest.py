"""Fixtures of the system tests: a real PostgreSQL that keeps every commit, a real Odoo
server in its own process, and the simulated platform beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev import databases, layout, stack
from dev.simulator import RunningSimulator
from dev.stack import Stack
from tests.system.world import Database, RunningOdoo, World, new_world


@pytest.fixture(scope="session")
def hub_stack() -> Stack:
    """Python, Odoo and the durable PostgreSQL."""
    return stack.ready(layout.current(), "durable")


@pytest.fixture(scope="session")
def queue_stack() -> Stack:
    """The same with the job queue, for databases that have it."""
    return stack.ready(layout.current(), "durable", apart=True)


@pytest.fixture(scope="session")
def template(hub_stack: Stack) -> Iterator[str]:
    """The database with all addons that worlds are copied from.

    A copy of the shared one, which another checkout may replace meanwhile.
    """
    with databases.copied(hub_stack, databases.full_template(hub_stack)) as name:
        yield name


@pytest.fixture
def world(hub_stack: Stack, template: str, tmp_path: Path) -> Iterator[World]:
    """A new copy of the template, and what runs on it."""
    with new_world(hub_stack, template, tmp_path) as found:
        yield found


@pytest.fixture
def database(world: World) -> Database:
    """The test's database."""
    return world.database


@pytest.fixture
def start_simulator(world: World) -> Callable[..., RunningSimulator]:
    """Start the simulated platform."""
    return world.start_simulator


@pytest.fixture
def start_odoo(world: World) -> Callable[..., RunningOdoo]:
    """Start Odoo on the test's database."""
    return world.start_odoo
