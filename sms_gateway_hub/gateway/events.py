"""Reading one pushed event, in the form most platforms share.

A provider brings its status words and its time zone; the names of the fields are
ours and can be mapped to theirs per account. The example this was made for::

    {"type": "dlr", "message_id": "…", "to": "…", "from": "…", "status": "…",
     "delivered_at": "…", "text": "…", "metadata": {…}}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from .errors import PayloadError
from .messages import DeliveryReport, InboundSms
from .vocabulary import ErrorClass, ReportState

#: Words that name the kind of an event, in lower case.
_DLR_TYPES = frozenset({"dlr", "delivery", "delivery_report", "report", "status"})
_INBOUND_TYPES = frozenset({"inbound", "mo", "incoming", "reply", "received"})

#: ISO 8601 with a space or T, any number of decimals, and an optional zone.
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?"
    r"\s?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII | re.IGNORECASE,
)
#: Seconds since 1970; beyond the limit the figure is in milliseconds.
_EPOCH = re.compile(r"\d{9,13}(?:\.\d{1,9})?", re.ASCII)
_EPOCH_MILLISECONDS = 100_000_000_000


@dataclass(frozen=True, slots=True)
class StatusMeaning:
    """What a status word of a platform means.

    :param sentence: what happened in plain words; empty when nothing went wrong.
    """

    state: ReportState
    error_class: ErrorClass | None = None
    code: str = ""
    sentence: str = ""


def read_event(
    item: Mapping[str, Any],
    field_map: Mapping[str, str],
    meaning_of: Callable[[str], StatusMeaning],
    zone: tzinfo = timezone.utc,
) -> DeliveryReport | InboundSms:
    """Return the event an object describes.

    :param field_map: our field name to theirs; dots lead into inner objects.
    :param meaning_of: sorts a status word of the platform; an error code the event
        carries stands behind the word.
    :param zone: where the platform's clock stands when a time names no zone.
    :raises PayloadError: when it is no event, or lacks what makes it useful.
    """

    def value(name: str) -> Any:
        return _lookup(item, field_map.get(name, name))

    if _is_report(_text(value("type")), _text(value("status")), _text(value("text"))):
        return _read_report(value, meaning_of, zone)
    return _read_inbound(value, zone)


def parse_time(value: Any, zone: tzinfo) -> datetime | None:
    """Return a time as aware UTC, None when it cannot be read.

    :param value: ISO 8601, or seconds or milliseconds since 1970.
    :param zone: taken when the value names none.
    """
    text = _text(value)
    try:
        if _EPOCH.fullmatch(text):
            seconds = float(text)
            if seconds > _EPOCH_MILLISECONDS:
                seconds /= 1000
            return datetime.fromtimestamp(seconds, timezone.utc)
        match = _ISO.fullmatch(text)
        return _iso_time(match, zone) if match else None
    except (ValueError, OverflowError):
        return None


def _read_report(
    value: Callable[[str], Any],
    meaning_of: Callable[[str], StatusMeaning],
    zone: tzinfo,
) -> DeliveryReport:
    """Return a delivery report."""
    message_id = _text(value("message_id"))
    if not message_id:
        raise PayloadError("A delivery report names no message.")
    raw_status = _text(value("status"))
    error_code = _text(value("error_code"))
    meaning = meaning_of(f"{raw_status} {error_code}".strip())
    return DeliveryReport(
        message_id=message_id,
        state=meaning.state,
        raw_status=raw_status,
        request_id=_text(value("request_id")),
        number=_text(value("to")),
        error_class=meaning.error_class,
        error_code=error_code or meaning.code,
        sentence=meaning.sentence,
        occurred_at=parse_time(value("delivered_at"), zone),
        metadata=_mapping(value("metadata")),
    )


def _read_inbound(value: Callable[[str], Any], zone: tzinfo) -> InboundSms:
    """Return a message from a person."""
    from_number = _text(value("from"))
    if not from_number:
        raise PayloadError("An inbound message names no sender.")
    return InboundSms(
        message_id=_text(value("message_id")),
        from_number=from_number,
        to_number=_text(value("to")),
        text=_text(value("text"), strip=False),
        occurred_at=parse_time(value("received_at"), zone)
        or parse_time(value("delivered_at"), zone),
        metadata=_mapping(value("metadata")),
    )


def _is_report(kind: str, status: str, text: str) -> bool:
    """Say whether an event is a delivery report; its type may be missing.

    :raises PayloadError: when it is neither a report nor an inbound message.
    """
    kind = kind.lower()
    if kind in _DLR_TYPES:
        return True
    if kind in _INBOUND_TYPES:
        return False
    if kind:
        raise PayloadError("An event is of a kind we do not know.")
    if status:
        return True
    if text:
        return False
    raise PayloadError("An event has neither a status nor a text.")


def _lookup(item: Mapping[str, Any], path: str) -> Any:
    """Return the value under a dotted path; the plain name goes first."""
    if path in item:
        return item[path]
    found: Any = item
    for name in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def _text(value: Any, *, strip: bool = True) -> str:
    """Return a simple value as text; an object, a list or a truth value is none."""
    if isinstance(value, str):
        return value.strip() if strip else value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    return str(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    """Return an object, or an empty one in place of anything else."""
    return value if isinstance(value, Mapping) else {}


def _iso_time(match: re.Match[str], zone: tzinfo) -> datetime:
    """Return the UTC time of a matched ISO 8601 text."""
    day, clock, decimals, offset = match.groups()
    clock = clock if len(clock) > 5 else f"{clock}:00"
    moment = datetime.fromisoformat(f"{day}T{clock}")
    moment += timedelta(microseconds=int((decimals or "0").ljust(6, "0")[:6]))
    return moment.replace(tzinfo=_zone(offset, zone)).astimezone(timezone.utc)


def _zone(offset: str | None, default: tzinfo) -> tzinfo:
    """Return the zone an ISO 8601 offset names."""
    if not offset:
        return default
    if offset.upper() == "Z":
        return timezone.utc
    sign = -1 if offset[0] == "-" else 1
    hours, minutes = int(offset[1:3]), int(offset[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
