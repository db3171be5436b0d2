"""Programs that run beside a command and must not outlive it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

#: Seconds a program gets to end by itself.
PATIENCE = 15


def tail_of(log: Path, lines: int = 15) -> str:
    """Return the last lines of a log."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def end(process: subprocess.Popen[bytes], patience: float = PATIENCE) -> None:
    """End a program and all it started: politely first, then surely."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    # The group is the program's own, see ``start``; it may have children left.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_leftovers(pid_file: Path, folder: Path) -> int:
    """End programs that a killed command left running; return how many there were.

    :param folder: occurs in the command line of each of ours; a process id that was
        given to a stranger since is thereby left alone.
    """
    if not pid_file.exists():
        return 0
    pids = [int(word) for word in pid_file.read_text().split()]
    ours = [pid for pid in pids if _mentions(pid, folder)]
    for pid in ours:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    # Their ports are free only when they are gone.
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit and any(_mentions(pid, folder) for pid in ours):
        time.sleep(0.05)
    pid_file.unlink()
    return len(ours)


def _mentions(pid: int, folder: Path) -> bool:
    """Tell whether a process lives whose command line names ``folder``."""
    try:
        return str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Children:
    """Starts programs, and ends all of them in reverse order when the block ends.

    :param pid_file: keeps their process ids meanwhile, for :func:`end_leftovers`.
    """

    def __init__(self, pid_file: Path | None = None) -> None:
        self.pid_file = pid_file
        self.started: list[subprocess.Popen[bytes]] = []

    def start(
        self, argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program in a process group of its own, its output in a file."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )
        self.started.append(process)
        if self.pid_file:
            pids = [str(child.pid) for child in self.started]
            self.pid_file.write_text("\n".join(pids))
        return process

    def __enter__(self) -> Children:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in reversed(self.started):
            end(process)
        if self.pid_file:
            self.pid_file.unlink(missing_ok=True)
