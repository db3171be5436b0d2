"""One HTTP request and its answer, as values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any

from .errors import UnreadableReply
from .text import storable, storable_json

_NOTHING: Mapping[str, str] = MappingProxyType({})

#: A platform may ask us to wait, but not for ever.
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What to ask a platform.

    :param path: path below the account's base URL, with its leading slash.
    :param params: query string; never part of a log or an error.
    :param form: fields of a form body; excludes ``json``.
    :param json: value of a JSON body.
    """

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What a platform answered: status, headers in lower case, body as it came."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING, repr=False)

    @property
    def text(self) -> str:
        """The body as text that can be stored; what is not UTF-8 is replaced."""
        return storable(self.body.decode("utf-8-sig", errors="replace"))

    def json_object(self) -> dict[str, Any]:
        """Return the body as a JSON object.

        :raises UnreadableReply: when it is anything else, such as an HTML page.
        """
        try:
            value = storable_json(json.loads(self.text))
        except (ValueError, RecursionError):
            raise UnreadableReply("The gateway's answer could not be read.") from None
        if not isinstance(value, dict):
            raise UnreadableReply("The gateway's answer has an unexpected form.")
        return value

    def retry_after(self, now: datetime | None = None) -> float | None:
        """Return the seconds the platform asked us to wait, None when it did not.

        A date is understood only against ``now`` or the answer's own date.
        """
        value = self.headers.get("retry-after", "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value, re.ASCII):
            return min(float(value), _LONGEST_WAIT)
        until = _http_date(value)
        since = now or _http_date(self.headers.get("date", ""))
        if until is None or since is None:
            return None
        return min(max((until - since).total_seconds(), 0.0), _LONGEST_WAIT)


def _http_date(value: str) -> datetime | None:
    """Return an HTTP date as an aware time, None when it is not one."""
    try:
        parsed = parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)
