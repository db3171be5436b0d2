"""The log of what was accepted: the ground truth of every fault test."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class AcceptanceLog:
    """An append-only file of JSON lines that are on disk before ``append`` returns.

    Threads that wait at the same time share one ``fsync``: the first to come writes
    for all that have queued up meanwhile.
    """

    def __init__(self, path: str | Path) -> None:
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close()
        self._changed = threading.Condition()
        self._pending: list[Entry] = []
        self._entries: list[Entry] = [
            json.loads(line) for line in Path(path).read_bytes().splitlines()
        ]
        self._queued = 0
        self._durable = 0
        self._writing = False

    def append(self, entries: Sequence[Entry]) -> None:
        """Write the entries and return when they would survive a power cut."""
        with self._changed:
            self._pending.extend(entries)
            self._queued += len(entries)
            mine = self._queued
            while self._durable < mine:
                if self._writing:
                    self._changed.wait()
                else:
                    self._write_pending()

    def entries(self) -> list[Entry]:
        """Return everything accepted so far."""
        with self._changed:
            return list(self._entries)

    def count(self) -> int:
        """Return how many messages were accepted so far."""
        with self._changed:
            return len(self._entries)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _write_pending(self) -> None:
        """Write what has queued up; called with the lock, which is let go meanwhile."""
        batch, self._pending = self._pending, []
        upto, self._writing = self._queued, True
        self._changed.release()
        try:
            lines = "".join(json.dumps(entry) + "\n" for entry in batch)
            self._file.write(lines.encode())
            os.fsync(self._file.fileno())
        finally:
            self._changed.acquire()
            self._writing = False
        self._entries.extend(batch)
        self._durable = upto
        self._changed.notify_all()
