"""SMS Gateway Hub for Odoo: run it, test it, work on it."""

from __future__ import annotations

import argparse
import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tests.crash import registry
from tests.crash.runner import RUNNERS

from . import (
    benching,
    cleaning,
    crashing,
    doctor,
    layout,
    linting,
    screenshots,
    serving,
    testing,
)
from .errors import Refusal

#: Exit status of a refusal.
REFUSED = 2
#: Exit status after Ctrl-C, as shells have it.
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    top = argparse.ArgumentParser(prog="./hub", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="command")

    run = commands.add_parser("run", help="serve the demo and perform the main job")
    run.add_argument("--port", type=int, default=8069, help="port of Odoo (8069)")
    run.add_argument("--fresh", action="store_true", help="start with a new database")
    run.add_argument("--once", action="store_true", help="end after the main job")

    # These two hand everything on, options included.
    commands.add_parser(
        "test", help="run the tests; paths and options go to pytest", add_help=False
    )
    commands.add_parser(
        "shell", help="Odoo's shell on the demo database", add_help=False
    )

    lint = commands.add_parser("lint", help="check the form of the code")
    lint.add_argument("--fix", action="store_true", help="mend what can be mended")

    bench = commands.add_parser("bench", help="measure ours beside the peer's")
    bench.add_argument("--only", choices=benching.BENCHES, help="one benchmark")
    bench.add_argument("--json", type=Path, help="write the figures to this file too")
    bench.add_argument("--quick", action="store_true", help="a glance: one small round")

    crash = commands.add_parser("crash", help="break things, and count every text")
    crash.add_argument("--seeds", type=int, default=crashing.SEEDS, help="repetitions")
    crash.add_argument(
        "--only",
        action="extend",
        nargs="+",
        choices=registry.SCENARIOS,
        metavar="NAME",
        help=f"only these of {', '.join(registry.SCENARIOS)}",
    )
    crash.add_argument("--json", type=Path, help="write the figures to this file too")
    crash.add_argument("--short", action="store_true", help="all of it in small")
    crash.add_argument(
        "--runner", choices=RUNNERS, default="crons", help="who starts the work"
    )

    clean = commands.add_parser("clean", help="stop servers, remove databases")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    which = clean.add_mutually_exclusive_group()
    which.add_argument(
        "--all",
        action="store_true",
        dest="everything",
        help="remove the downloads as well",
    )
    which.add_argument("--servers", action="store_true", help="only stop the servers")

    pictures = commands.add_parser(
        "screenshots", help="take the README's pictures of the running demo"
    )
    pictures.add_argument("--port", type=int, default=8069, help="port of Odoo (8069)")

    commands.add_parser("doctor", help="say what is missing and how to get it")
    return top


def _dispatch(words: Sequence[str]) -> int:
    handed_on = words[1:] if words and words[0] in ("test", "shell") else []
    options = parser().parse_args(words[: len(words) - len(handed_on)])
    place = layout.current()
    if options.command == "clean":
        wish = cleaning.CleanOptions(options.everything, options.servers, options.yes)
        return cleaning.clean(place, wish)
    if options.command == "doctor":
        return doctor.doctor(place)
    with layout.in_use(place):
        return _work(place, options, handed_on)


def _work(
    place: layout.Layout, options: argparse.Namespace, handed_on: Sequence[str]
) -> int:
    if options.command == "test":
        return testing.run(place, handed_on)
    if options.command == "shell":
        return serving.shell(place, handed_on)
    if options.command == "lint":
        return linting.lint(place, fix=options.fix)
    if options.command == "bench":
        measure = benching.BenchOptions(options.only, options.json, options.quick)
        return benching.bench(place, measure)
    if options.command == "crash":
        only = tuple(options.only or ())
        runner = RUNNERS[options.runner]
        plan = crashing.CrashOptions(
            options.seeds, only, options.json, options.short, runner
        )
        return crashing.crash(place, plan)
    if options.command == "screenshots":
        return screenshots.take(place, options.port)
    wish = serving.RunOptions(options.port, options.fresh, options.once)
    return serving.run(place, wish)


def _leave(number: int, frame: FrameType | None) -> None:
    """Turn a signal into an exception, so that everything started is ended."""
    sys.exit(128 + number)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    # A shell starts background jobs with SIGINT ignored, which Python would keep.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return _dispatch(sys.argv[1:] if words is None else words)
    except Refusal as err:
        print(f"hub: {err}", file=sys.stderr)
        return REFUSED
    except OSError as err:
        if err.errno != errno.ENOSPC:
            raise
        print(
            "hub: The disk is full. Free some space, or name another folder in "
            "SMS_HUB_CACHE, and start again.",
            file=sys.stderr,
        )
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
