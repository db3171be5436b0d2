"""Guarded decoding of webhook bodies: bytes from a stranger in, plain dicts out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from .errors import PayloadError
from .text import storable

#: Parameters of a URL, as a mapping or as pairs.
Query = Mapping[str, str] | Iterable[tuple[str, str]]

#: Bytes of a body, unless the caller sets its own limit.
MAX_BYTES = 256 * 1024
#: Levels of objects and lists inside each other.
MAX_DEPTH = 8
#: Values in one body, counted over all levels.
MAX_VALUES = 20_000
#: Events in one body, and fields in one form.
MAX_ITEMS = 1000
#: Characters of one text; a long SMS has about 1,600.
MAX_TEXT = 10_000

#: Digits of a number that are still read as a number; a longer one stays text.
_MAX_DIGITS = 30


def decode_payload(
    content_type: str, body: bytes, query: Query = (), *, max_bytes: int = MAX_BYTES
) -> list[dict[str, Any]]:
    """Return the events of a webhook call as dicts of plain, storable values.

    Reads JSON (an object, a list of objects, or an object with a list under
    ``events``), a form, or the query when there is no body.

    :raises PayloadError: for anything else; never another exception.
    """
    if len(body) > max_bytes:
        raise PayloadError("The event is too large.")
    text = body.decode("utf-8-sig", errors="replace").strip()
    if not text:
        return [_clean_pairs(query.items() if isinstance(query, Mapping) else query)]
    if "json" in content_type.lower() or text[0] in "{[":
        return _events_of(_load_json(text))
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="replace", max_num_fields=MAX_ITEMS
        )
    except ValueError:
        raise PayloadError("The event has too many fields.") from None
    return [_clean_pairs(pairs)]


def _load_json(text: str) -> Any:
    """Return the JSON value with limits on depth, size and exotic numbers."""
    try:
        value = json.loads(
            text, parse_int=_integer, parse_float=_decimal, parse_constant=str
        )
    except (ValueError, RecursionError):
        raise PayloadError("The event is not readable JSON.") from None
    return _clean(value)


def _integer(digits: str) -> int | str:
    """Return an integer, or its text when no id or time could be that long."""
    return int(digits) if len(digits) <= _MAX_DIGITS else digits


def _decimal(digits: str) -> float | str:
    """Return a number, or its text when it is beyond what a float can hold."""
    number = float(digits)
    return number if abs(number) < float("inf") else digits


def _events_of(value: Any) -> list[dict[str, Any]]:
    """Return the objects a body consists of."""
    if isinstance(value, dict) and isinstance(value.get("events"), list):
        value = value["events"]
    items = value if isinstance(value, list) else [value]
    if not items:
        raise PayloadError("The body contains no event.")
    if len(items) > MAX_ITEMS:
        raise PayloadError("The body contains too many events.")
    if not all(isinstance(item, dict) for item in items):
        raise PayloadError("An event is not an object.")
    return items


def _clean_pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields of a form or a query; the last of equal names counts."""
    fields = dict(pairs)
    if not fields:
        raise PayloadError("The call contains no event.")
    cleaned = _clean(fields)
    return dict(cleaned)


def _clean(value: Any) -> Any:
    """Return the value with storable texts, or refuse it for its size or depth."""
    budget = [MAX_VALUES]

    def walk(part: Any, depth: int) -> Any:
        budget[0] -= 1
        if depth > MAX_DEPTH or budget[0] < 0:
            raise PayloadError("The event is nested too deeply or has too many parts.")
        if isinstance(part, str):
            return _clean_text(part)
        if isinstance(part, dict):
            return {
                _clean_text(str(key)): walk(item, depth + 1)
                for key, item in part.items()
            }
        if isinstance(part, list):
            return [walk(item, depth + 1) for item in part]
        return part

    return walk(value, 0)


def _clean_text(text: str) -> str:
    """Return a text that can be stored."""
    if len(text) > MAX_TEXT:
        raise PayloadError("A text in the event is too long.")
    return storable(text)
