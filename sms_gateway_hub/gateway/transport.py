"""Carries requests to a platform and sorts what can go wrong on the way.

This is the only file that knows an HTTP library. Whether a message may have been
accepted is decided by *when* a failure happens: until the connection stands, nothing
has been sent; after that, nobody knows. Nothing is repeated here.
"""

from __future__ import annotations

import http.client
import io
import logging
import socket
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from .addresses import check_base_url, check_peer, parse_base_url
from .errors import ConfigurationError, GatewayError, OutcomeUnknown, Retryable
from .exchange import HttpRequest, HttpResponse
from .messages import Account

__all__ = ["Transport", "check_base_url"]

#: Bytes of an answer that are read; no platform needs more to say what happened.
MAX_ANSWER = 1024 * 1024
#: Connections kept open per host; above the number of sending threads.
POOL_MAXSIZE = 128


class Transport:
    """Sends requests over kept connections; many threads may share one.

    :param session: replaces the own sessions, for tests.
    :param pool_maxsize: connections kept per host.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        *,
        pool_maxsize: int = POOL_MAXSIZE,
    ) -> None:
        # One session for each answer to "may the host be private?": a connection
        # vetted for the one must not be reused for the other.
        self._sessions = {
            allow_private: session or _make_session(pool_maxsize, allow_private)
            for allow_private in (False, True)
        }

    def send(self, account: Account, request: HttpRequest) -> HttpResponse:
        """Return the platform's answer, whatever its status.

        :raises Retryable: the platform was not reached, so nothing was accepted.
        :raises OutcomeUnknown: the request went out and no whole answer came back.
        :raises ConfigurationError: base URL, host or key cannot be used.
        """
        url = _target(account, request)
        try:
            return self._exchange(account, request, url)
        except GatewayError:
            raise
        except _NotConnected:
            error: GatewayError = Retryable("The gateway could not be reached.")
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidHeader,
            requests.exceptions.MissingSchema,
            UnicodeError,
        ):
            error = ConfigurationError("The base URL or the key cannot be used.")
        except requests.exceptions.Timeout:
            error = OutcomeUnknown("The gateway did not answer in time.")
        except (requests.exceptions.RequestException, HTTPError, OSError):
            error = OutcomeUnknown("The connection broke before the whole answer came.")
        # The library's errors quote the URL with its query, so they must not stay
        # behind as the cause of ours.
        raise error from None

    def close(self) -> None:
        """Close every kept connection."""
        for session in self._sessions.values():
            session.close()

    def _exchange(
        self, account: Account, request: HttpRequest, url: str
    ) -> HttpResponse:
        """Send one request and read its answer."""
        with self._sessions[account.allow_private_host].request(
            request.method,
            url,
            params=dict(request.params),
            data=None if request.form is None else dict(request.form),
            json=request.json,
            headers=dict(request.headers),
            timeout=(account.connect_timeout, account.read_timeout),
            allow_redirects=False,
            stream=True,
        ) as response:
            return HttpResponse(
                status=response.status_code,
                body=_read_body(response),
                headers={
                    name.lower(): value for name, value in response.headers.items()
                },
            )


def _target(account: Account, request: HttpRequest) -> str:
    """Return the URL of a request, on the account's host only."""
    parse_base_url(account.base_url)
    if not request.path.startswith("/"):
        raise ConfigurationError("A request must name a path below the base URL.")
    return account.base_url.strip().rstrip("/") + request.path


def _read_body(response: requests.Response) -> bytes:
    """Return the body as it came, refusing one that would fill the memory."""
    body = response.raw.read(MAX_ANSWER + 1, decode_content=False)
    if len(body) > MAX_ANSWER:
        raise OutcomeUnknown("The gateway's answer is too large.")
    return body


def _make_session(pool_maxsize: int, allow_private: bool) -> requests.Session:
    """Return a session that talks to vetted hosts and keeps nothing but connections."""
    session = requests.Session()
    # No proxy and no netrc from the environment: they would see or replace the key.
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    # Compressed answers are not asked for: the size limit then holds as it reads.
    session.headers.update(
        {"Accept": "application/json", "Accept-Encoding": "identity"}
    )
    session.headers["User-Agent"] = "sms-gateway-hub"
    adapter = _VettingAdapter(pool_maxsize, allow_private)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


# === CONNECTIONS ===


class _NotConnected(Exception):
    """The connection never stood: name, address, TLS or time was the reason."""


class _DeadlineReader(io.RawIOBase):
    """Reads an answer under one time limit for all of it.

    A socket's own limit starts anew with every byte, so a platform that sends one now
    and then could hold a sending thread for ever.
    """

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        super().__init__()
        self._sock = sock
        self._raw = raw
        limit = sock.gettimeout()
        self._deadline = None if limit is None else time.monotonic() + limit

    def readable(self) -> bool:
        """Say that this stream is for reading."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there, waiting no longer than the answer may still take."""
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("The answer took too long.")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        """Close the stream below too."""
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    """An answer that is read under a deadline, headers included."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach()))


class _Vetted:
    """Mixin of connections: checks who answered before anything is sent."""

    response_class = _TimedResponse
    scheme: str
    allow_private: bool

    def connect(self) -> None:
        """Connect, and mark every failure until then as one before sending."""
        try:
            super().connect()  # type: ignore[misc]
        except ConfigurationError:
            raise
        except Exception as err:
            raise _NotConnected from err

    def _new_conn(self) -> socket.socket:
        """Open the socket; no byte goes to an address that is not allowed."""
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        try:
            check_peer(self.scheme, sock.getpeername()[0], self.allow_private)
        except BaseException:
            sock.close()
            raise
        return sock


def _pool_class(scheme: str, allow_private: bool) -> type[HTTPConnectionPool]:
    """Return a pool whose connections are vetted by one rule."""
    connection, pool = {
        "http": (HTTPConnection, HTTPConnectionPool),
        "https": (HTTPSConnection, HTTPSConnectionPool),
    }[scheme]
    rule = {"scheme": scheme, "allow_private": allow_private}
    vetted = type(f"Vetted{connection.__name__}", (_Vetted, connection), rule)
    return type(f"Vetted{pool.__name__}", (pool,), {"ConnectionCls": vetted})


class _VettingAdapter(HTTPAdapter):
    """Makes a session use vetted connections."""

    def __init__(self, pool_maxsize: int, allow_private: bool) -> None:
        super().__init__(pool_maxsize=pool_maxsize, max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {
            scheme: _pool_class(scheme, allow_private) for scheme in ("http", "https")
        }


# === LOGS ===


class _WithoutQuery(logging.Filter):
    """Cuts the query off the URLs the HTTP library writes.

    Some calls of some platforms take the key there. The library quotes URLs at DEBUG
    for every call, and in a warning about an answer with broken headers.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, shortened."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                argument.partition("?")[0] if isinstance(argument, str) else argument
                for argument in record.args
            )
        return True


for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_WithoutQuery())
