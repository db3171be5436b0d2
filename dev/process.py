"""Running other programs: quietly, with their last words when they fail."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import Refusal

#: Lines of a failed program's output that are shown.
SHOWN_LINES = 15


class Failed(Exception):
    """A program ended with a status other than zero; carries its output."""

    def __init__(self, argv: Sequence[str], output: str) -> None:
        super().__init__(f"{Path(argv[0]).name} failed")
        self.output = output

    @property
    def tail(self) -> str:
        """The last lines of what the program said."""
        return "\n".join(self.output.strip().splitlines()[-SHOWN_LINES:])


def output_of(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: int | None = None,
    text: str = "",
) -> str:
    """Run a program and return what it printed.

    :param env: variables added to ours.
    :param user: run as this user id (only root can).
    :param text: its standard input.
    :raise Failed: its status was not zero.
    :raise Refusal: it does not exist, or the disk is full.
    """
    words = [str(word) for word in argv]
    try:
        done = subprocess.run(
            words,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, **(env or {})},
            cwd=cwd,
            user=user,
            check=False,
        )
    except FileNotFoundError as err:
        raise Refusal(f"The program {words[0]} is not on this machine.") from err
    if done.returncode:
        if os.strerror(errno.ENOSPC) in done.stdout:
            raise Refusal(
                "The disk is full. Free some space, or name another folder in "
                "SMS_HUB_CACHE, and start again."
            )
        raise Failed(words, done.stdout)
    return done.stdout


def is_running(pid: int, *words: str) -> bool:
    """Tell whether process ``pid`` lives and has one of ``words`` as an argument.

    The words guard against a process id that was given to a stranger since.
    """
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return False
    arguments = {Path(word).name for word in command.split("\0")}
    return not arguments.isdisjoint(words)
