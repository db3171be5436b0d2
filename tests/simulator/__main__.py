"""``python tests/simulator --port 0 --log FILE``: the platform until Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

# Run by its folder, this file has no package: its neighbours are reached through the
# folder above, and its own folder must not hide modules of Python.
_HERE = Path(__file__).resolve().parent
sys.path[:] = [str(_HERE.parent), *(p for p in sys.path if Path(p).resolve() != _HERE)]

from simulator import Simulator  # noqa: E402 - the path comes first


def main() -> int:
    """Run the simulator until it is told to stop."""
    arguments = _parser().parse_args()
    simulator = Simulator(
        arguments.log,
        port=arguments.port,
        api_key=arguments.api_key,
        latency_ms=arguments.latency_ms,
        rate=arguments.rate,
        dlr_after=arguments.dlr_after,
        answer_after=arguments.answer_after,
        push_url=arguments.push_url,
        push_secret=arguments.push_secret,
        dlt=arguments.dlt,
        mixed=arguments.mixed,
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with simulator:
        sys.stdout.write(f"listening on {simulator.url}\n")
        sys.stdout.flush()
        stop.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="simulator", description="An SMS platform for tests, faults included."
    )
    parser.add_argument("--log", required=True, help="file for what was accepted")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--api-key", default="sim-key")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--rate", type=int, default=0, help="requests a second")
    parser.add_argument(
        "--dlr-after", type=float, default=1.0, help="seconds to the final report"
    )
    parser.add_argument(
        "--answer-after",
        type=float,
        default=0,
        help="seconds until people answer a text that ends with a question mark",
    )
    parser.add_argument("--push-url", default="", help="webhook for events")
    parser.add_argument("--push-secret", default="", help="signs the events")
    parser.add_argument("--dlt", action="store_true", help="ask for register ids")
    parser.add_argument("--mixed", action="store_true", help="every kind of reply")
    return parser


if __name__ == "__main__":
    sys.exit(main())
