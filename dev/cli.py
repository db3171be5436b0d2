"""The command line of ``./hub``."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Sequence

from . import layout, testing
from .errors import Refusal


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./hub", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("test", help="run the tests", add_help=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    options, rest = _parser().parse_known_args(argv)
    try:
        return testing.run(layout.current(), rest)
    except Refusal as err:
        print(f"hub: {err}", file=sys.stderr)
        return 2
    except OSError as err:
        if err.errno != errno.ENOSPC:
            raise
        print("hub: The disk is full.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
