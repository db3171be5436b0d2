"""Counting refused calls without a query, so that a refusal costs nothing."""

import threading
import time
from collections import Counter

#: Seconds between two times that a process writes down what it counted.
_EVERY = 10.0


class Refusals:
    """Counts by gateway, kept in the memory of one process until they are due."""

    def __init__(self, every: float = _EVERY) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[int]] = {}
        self._taken: dict[str, float] = {}

    def note(self, database: str, gateway_id: int) -> None:
        """Count one refused call; 0 is an address that no gateway has."""
        with self._lock:
            self._counts.setdefault(database, Counter())[gateway_id] += 1

    def take_due(self, database: str) -> dict[int, int]:
        """Return what was counted, at most once in a while; then begin anew."""
        with self._lock:
            now = time.monotonic()
            last = self._taken.get(database)
            if last is not None and now - last < self._every:
                return {}
            self._taken[database] = now
            return dict(self._counts.pop(database, {}))


REFUSALS = Refusals()
