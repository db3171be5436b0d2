"""Calls the webhook as the platform would, and as somebody else might."""

from __future__ import annotations

import base64
import http.client
import json
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.simulator.pusher import signature

TIMEOUT = 60.0
#: Calls at the same time.
CALLERS = 16


def new_secret(chance: random.Random) -> str:
    """Return a signing secret."""
    return f"whsec_{base64.b64encode(chance.randbytes(24)).decode()}"


def dlr(message_id: str, word: str, at: str = "", **more: object) -> dict[str, Any]:
    """Return a delivery report."""
    return {"type": "dlr", "message_id": message_id, "status": word} | (
        {"delivered_at": at, **more} if at else more
    )


def inbound(number: str, text: str, message_id: str, to: str) -> dict[str, Any]:
    """Return what a person answered."""
    return {
        "type": "inbound",
        "message_id": message_id,
        "from": number,
        "to": to,
        "text": text,
    }


@dataclass
class Caller:
    """Calls one webhook.

    :param url: of the webhook, or of another page.
    :param secret: signs the calls, when there is one.
    """

    url: str
    secret: str = ""
    seconds: list[float] = field(default_factory=list)

    def push(self, event: object, **signing: Any) -> int:
        """Push an event and return the HTTP status."""
        body = json.dumps(event).encode()
        return self.call(body, self.signed(body, **signing))

    def signed(
        self, body: bytes, *, secret: str | None = None, shift: float = 0
    ) -> dict[str, str]:
        """Return the headers of a signed call.

        :param secret: another one than ours.
        :param shift: seconds that the caller's clock is ahead.
        """
        secret = self.secret if secret is None else secret
        if not secret:
            return {}
        moment = str(int(time.time() + shift))
        signed = f"msg_1.{moment}.".encode() + body
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": moment,
            "webhook-signature": signature(secret, signed),
        }

    def call(
        self,
        body: bytes,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> int:
        """Post a body; return the status, 0 when nobody answered."""
        parts = urlsplit(self.url)
        link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT)
        started = time.monotonic()
        try:
            given = {"Content-Type": content_type, **(headers or {})}
            link.request("POST", parts.path, body, given)
            answer = link.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            link.close()
            self.seconds.append(time.monotonic() - started)


def all_at_once(calls: Sequence[Callable[[], int]], width: int = CALLERS) -> list[int]:
    """Make calls, several at a time; return their statuses in order."""
    with ThreadPoolExecutor(width) as pool:
        return list(pool.map(lambda call: call(), calls))


def at_a_rate(
    calls: Sequence[Callable[[], int]], rate: float, width: int = 4 * CALLERS
) -> list[int]:
    """Make calls at their time, whether or not the earlier ones were answered."""
    started = time.monotonic()

    def timely(numbered: tuple[int, Callable[[], int]]) -> int:
        turn, call = numbered
        time.sleep(max(0.0, started + turn / rate - time.monotonic()))
        return call()

    with ThreadPoolExecutor(width) as pool:
        return list(pool.map(timely, enumerate(calls)))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
