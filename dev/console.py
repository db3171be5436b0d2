"""What a person reads while a command works: steps, seconds and sizes."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds between two signs of life of a step when the output is not a terminal.
QUIET_INTERVAL = 15.0
#: Seconds between two updates of the line on a terminal.
TERMINAL_INTERVAL = 0.5


def say(text: str = "") -> None:
    """Print one line at once, even into a pipe."""
    print(text, flush=True)


def size(count: int) -> str:
    """Write a number of bytes for people: ``1.4 MB``."""
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


class Step:
    """A long step: shows its elapsed seconds until it ends."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.note = ""
        self.started = time.monotonic()
        self._stop = threading.Event()
        self._live = sys.stdout.isatty()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.started

    def _line(self, mark: str) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{mark} {self.title}{note} {self.seconds:.0f} s"

    def _tick(self) -> None:
        interval = TERMINAL_INTERVAL if self._live else QUIET_INTERVAL
        while not self._stop.wait(interval):
            if self._live:
                print(f"\r\033[K{self._line('…')}", end="", flush=True)
            else:
                say(self._line("…"))

    def begin(self) -> None:
        """Start showing the elapsed time."""
        self._thread.start()

    def end(self, ok: bool) -> None:
        """Print the closing line."""
        self._stop.set()
        self._thread.join()
        start = "\r\033[K" if self._live else ""
        say(start + self._line("✓" if ok else "✗"))


@contextmanager
def step(title: str) -> Iterator[Step]:
    """Show ``title`` with its elapsed seconds while the block runs."""
    current = Step(title)
    current.begin()
    try:
        yield current
    except BaseException:
        current.end(ok=False)
        raise
    current.end(ok=True)
