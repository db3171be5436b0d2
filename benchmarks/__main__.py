"""Run one benchmark in this process: ``python -m benchmarks NAME --report FILE``."""

from __future__ import annotations

import argparse
import importlib
import json
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any


@contextmanager
def environments(config: str, databases: Sequence[str]) -> Iterator[list[Any]]:
    """Yield the superuser's environment in each database, all in one Odoo process."""
    if not databases:
        yield []
        return
    from odoo import SUPERUSER_ID, api, tools
    from odoo.modules.registry import Registry

    tools.config.parse_config(["-c", config, "--no-http"])
    with ExitStack() as stack:
        yield [
            api.Environment(
                stack.enter_context(Registry(name).cursor()), SUPERUSER_ID, {}
            )
            for name in databases
        ]


@contextmanager
def servers() -> Iterator[list[Any]]:
    """Yield what a benchmark of real servers needs; they end with it."""
    from dev import layout, stack

    from .live import Live

    with tempfile.TemporaryDirectory() as folder:
        yield [Live(stack.ready(layout.current(), "durable"), Path(folder))]


def main() -> None:
    """Run it and write its rows as JSON."""
    # whoever ends us means the servers too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("--report", type=Path, required=True)
    parser.add_argument("--config", default="", help="of Odoo")
    parser.add_argument("--database", action="append", default=[])
    parser.add_argument("--live", action="store_true", help="with servers of its own")
    options = parser.parse_args()
    bench = importlib.import_module(f"benchmarks.bench_{options.name}")
    needed = (
        servers() if options.live else environments(options.config, options.database)
    )
    with needed as found:
        rows = bench.run(*found)
    options.report.write_text(json.dumps([asdict(row) for row in rows]))


main()
