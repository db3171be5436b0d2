"""Delivery reports of the platform, asked for or pushed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...events import parse_time, read_event
from ...exchange import HttpResponse
from ...messages import DeliveryReport, InboundSms
from .profiles import INDIA
from .replies import succeeded
from .vocabulary import meaning_of_status


def read_reports(response: HttpResponse, request_id: str) -> tuple[DeliveryReport, ...]:
    """Return the reports of a job; none when the platform has none yet.

    An entry without an id cannot be matched and is left out.

    :raises Rejected: the platform refused to tell.
    :raises UnreadableReply: it is not what the platform documents.
    """
    entries = succeeded(response, "DeliveryReports").get("DeliveryReports")
    if not isinstance(entries, list):
        return ()
    return tuple(
        _read_report(entry, request_id)
        for entry in entries
        if isinstance(entry, dict) and isinstance(entry.get("MessageId"), str)
    )


def read_push(
    item: Mapping[str, Any], field_map: Mapping[str, str]
) -> DeliveryReport | InboundSms:
    """Return a pushed event; the platform's times are Indian.

    :raises PayloadError: when it is none.
    """
    return read_event(item, field_map, meaning_of_status, INDIA)


def _read_report(entry: Mapping[str, Any], request_id: str) -> DeliveryReport:
    """Return one report of a job."""
    raw_status = str(entry.get("DeliveryStatus") or "").strip()
    meaning = meaning_of_status(raw_status)
    return DeliveryReport(
        message_id=entry["MessageId"],
        request_id=request_id,
        number=str(entry.get("Number") or ""),
        state=meaning.state,
        raw_status=raw_status,
        error_class=meaning.error_class,
        error_code=meaning.code,
        sentence=meaning.sentence,
        occurred_at=parse_time(entry.get("DeliveryDate"), INDIA),
    )
