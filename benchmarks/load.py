"""Calls of a webhook: as many as it takes, or so many a second."""

from __future__ import annotations

import http.client
import math
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

#: How often a platform tries one call.
ATTEMPTS = 3


@dataclass(frozen=True)
class Call:
    """One call, made beforehand so that making it takes no time from the server."""

    url: str
    body: bytes
    headers: Mapping[str, str]

    def post(self) -> int:
        """Post it as platforms do; return the status.

        A server that has too much to do closes connections. The platform tries again,
        and the time that this takes counts.
        """
        for _attempt in range(ATTEMPTS - 1):
            with suppress(ConnectionError):
                return self._post_once()
        return self._post_once()

    def _post_once(self) -> int:
        """Post it over a connection of its own; return the status."""
        parts = urlsplit(self.url)
        link = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            link.request("POST", parts.path, self.body, dict(self.headers))
            reply = link.getresponse()
            reply.read()
            return reply.status
        finally:
            link.close()


def throughput(calls: Sequence[Call], threads: int) -> float:
    """Return how many calls a second are answered while so many are on their way."""
    started = time.perf_counter()
    _share(calls, threads, lambda call, _turn: call.post())
    return len(calls) / (time.perf_counter() - started)


def latencies(calls: Sequence[Call], rate: float, threads: int) -> list[float]:
    """Return the seconds that each call took, at so many calls a second.

    A call that could not start in time because others took too long has waited from
    when it was due, as the platform's caller would have.
    """
    took = [0.0] * len(calls)
    start = time.perf_counter() + 0.1

    def post(call: Call, turn: int) -> int:
        due = start + turn / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        status = call.post()
        took[turn] = time.perf_counter() - due
        return status

    _share(calls, threads, post)
    return took


def percentile(samples: Sequence[float], share: float) -> float:
    """Return the sample that ``share`` (0 to 1) of all do not exceed."""
    return sorted(samples)[max(0, math.ceil(share * len(samples)) - 1)]


def in_words(samples: Sequence[float]) -> str:
    """Write the spread of durations in milliseconds, for a row's note."""
    words = [
        f"p{share} {percentile(samples, share / 100) * 1000:.0f}"
        for share in (50, 95, 99)
    ]
    return f"{', '.join(words)}, mean {statistics.mean(samples) * 1000:.0f} ms"


def _share(
    calls: Sequence[Call], threads: int, work: Callable[[Call, int], int]
) -> None:
    """Let threads do the calls in order; each must be answered with 200."""
    turns, lock = iter(enumerate(calls)), threading.Lock()
    refused: list[object] = []

    def run() -> None:
        while True:
            with lock:
                turn, call = next(turns, (0, None))
            if call is None or refused:
                return
            try:
                status: object = work(call, turn)
            except Exception as error:  # noqa: BLE001 - told by the main thread
                status = error
            if status != 200:
                refused.append(status)

    pool = [threading.Thread(target=run) for _thread in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()
    if refused:
        raise AssertionError(f"A call was answered with {refused[0]!r}.")
