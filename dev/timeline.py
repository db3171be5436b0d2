"""A story of steps with their times, told while it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .console import say
from .rpc import RpcError


class StepFailed(Exception):
    """A step did not come out as it should; the text says how."""


@dataclass
class TimelineStep:
    """One step: what was done and how it came out."""

    title: str
    detail: str = ""
    ok: bool = False
    seconds: float = 0.0

    def __str__(self) -> str:
        mark = "✓" if self.ok else "✗"
        detail = f": {self.detail}" if self.detail else ""
        return f"  {mark} {self.seconds:6.2f} s  {self.title}{detail}"


@dataclass
class Timeline:
    """Steps in the order they happened, each printed as it ends."""

    steps: list[TimelineStep] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    @contextmanager
    def step(self, title: str) -> Iterator[TimelineStep]:
        """Record one step; its time is that since the story began.

        :raise StepFailed: the block failed in a way a person can do something about.
        """
        current = TimelineStep(title)
        self.steps.append(current)
        try:
            yield current
            current.ok = True
        except (StepFailed, RpcError, OSError) as err:
            current.detail = str(err)
            raise StepFailed(str(err)) from err
        finally:
            current.seconds = time.monotonic() - self.started
            say(str(current))


def until(
    look: Callable[[], Any], what: str, seconds: float = 30, pause: float = 0.2
) -> Any:
    """Return the first true value of ``look()``.

    :raise StepFailed: there was none in time.
    """
    end = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise StepFailed(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(pause)
