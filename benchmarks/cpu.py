"""Who used the processors: seconds of each program, its children's included."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds(pid: int) -> float:
    """Return the processor time of a process, of its descendants, and of those that
    ended and were waited for."""
    return sum(_times(pid, _children())) / _TICKS


def _times(pid: int, children: Mapping[int, list[int]]) -> Iterator[int]:
    """Yield the ticks of a process and of its living descendants."""
    if found := _stat(pid):
        # user, system, and both of the children it waited for
        yield sum(map(int, found[11:15]))
    for child in children.get(pid, ()):
        yield from _times(child, children)


def _children() -> dict[int, list[int]]:
    """Return the living children of each process."""
    found: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            found.setdefault(int(fields[1]), []).append(int(folder.name))
    return found


def _stat(pid: int) -> list[str]:
    """Return what the kernel says of a process, from its state on."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    # its name stands in parentheses and may hold anything
    return text.rpartition(")")[2].split()


@dataclass
class Meter:
    """Adds up what each program uses while texts are sent.

    :param programs: name to process id.
    """

    programs: Mapping[str, int]
    used: dict[str, float] = field(default_factory=dict)
    elapsed: float = 0.0
    texts: int = 0

    @contextmanager
    def reading(self, texts: int) -> Iterator[None]:
        """Count what is used in this block, which sends so many texts."""
        before = {name: seconds(pid) for name, pid in self.programs.items()}
        start = time.monotonic()
        yield
        self.elapsed += time.monotonic() - start
        self.texts += texts
        for name, pid in self.programs.items():
            spent = seconds(pid) - before[name]
            self.used[name] = self.used.get(name, 0.0) + spent

    def words(self) -> str:
        """Say what a thousand texts took of the processors, and how full they were."""
        if not self.texts:
            return ""
        each = ", ".join(
            f"{name} {used / self.texts * 1000:.2f} s"
            for name, used in self.used.items()
        )
        busy = sum(self.used.values()) / self.elapsed
        return f"CPU per 1,000 texts: {each}; {busy:.1f} of {os.cpu_count()} cores busy"
