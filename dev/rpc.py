"""A small client of Odoo: the calls that its web client makes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from typing import Any

#: Seconds to wait for an answer.
TIMEOUT = 60


class RpcError(Exception):
    """Odoo refused a call; the text is its own sentence."""


class OdooClient:
    """A logged-in session.

    :raise RpcError: the login is refused.
    :raise OSError: nothing answers at ``base_url``.
    """

    def __init__(self, base_url: str, db: str, login: str, password: str) -> None:
        self.base_url = base_url.rstrip("/")
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        params = {"db": db, "login": login, "password": password}
        self.session = self.post("/web/session/authenticate", params)

    def post(self, path: str, params: dict[str, Any]) -> Any:
        """Call a JSON route and return its result."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.base_url + path,
            body.encode(),
            {"Content-Type": "application/json"},
        )
        with self._opener.open(request, timeout=TIMEOUT) as answer:
            reply = json.load(answer)
        if "error" in reply:
            error = reply["error"]
            raise RpcError(error.get("data", {}).get("message") or error["message"])
        return reply.get("result")

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method of a model."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.post(f"/web/dataset/call_kw/{model}/{method}", params)

    def read(
        self, model: str, domain: list[Any], fields: list[str], **kwargs: Any
    ) -> list[dict[str, Any]]:
        """Return the values of the records that a domain finds."""
        return self.call(model, "search_read", domain, fields, **kwargs)


def answers(url: str) -> bool:
    """Tell whether a GET of ``url`` is answered without an error."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait_for(url: str, seconds: float, alive: Any = lambda: True) -> bool:
    """Wait until ``url`` answers; give up when time is out or ``alive()`` is false."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive():
        if answers(url):
            return True
        time.sleep(0.2)
    return False
