"""Answers of the platform to sending and asking.

Its HTTP status is 200 for errors too, so only the code counts, and a missing code is
never success. A message counts as accepted only when the answer names its number
together with an id: an answer that reports success without the entry may have dropped
the number, and only the job's reports can tell later.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ...errors import Rejected, UnreadableReply
from ...exchange import HttpResponse
from ...messages import Balance, OutboundSms, SenderId, SendResult
from ...outcomes import unknown
from ...vocabulary import Outcome
from .vocabulary import SUCCESS, meaning_of_code, normalise_code

#: Digits a number without its country code has at least.
_NATIONAL_DIGITS = 8


def succeeded(response: HttpResponse, proof: str) -> dict[str, Any]:
    """Return the fields of an answer that reports success.

    :param proof: a field whose presence stands for success when the code is missing,
        as can be accepted where nothing is sent.
    :raises Rejected: the answer reports an error.
    :raises UnreadableReply: it reports neither.
    """
    fields = response.json_object()
    code = normalise_code(fields.get("ErrorCode"))
    if code == SUCCESS or (not code and fields.get(proof) is not None):
        return fields
    raise _refusal_in(fields, code)


def read_send_reply(
    messages: Sequence[OutboundSms], response: HttpResponse
) -> tuple[str, tuple[SendResult, ...]]:
    """Return the job id and one result per message.

    :raises Rejected: the platform refused the request as a whole.
    :raises UnreadableReply: it is not what the platform documents.
    """
    fields = response.json_object()
    code = normalise_code(fields.get("ErrorCode"))
    job_id = _simple_text(fields.get("JobId"))
    ids = _ids_by_number(messages, fields.get("MessageData"))
    if code and code != SUCCESS and not ids:
        raise _refusal_in(fields, code)
    # With ids beside an error code, or without any code, the answer contradicts
    # itself: an id next to a code is still evidence, everything else stays open.
    return job_id, tuple(
        SendResult(message.reference, Outcome.ACCEPTED, message_id=ids[message.number])
        if code and message.number in ids
        else unknown(message.reference, code=code if code != SUCCESS else "")
        for message in messages
    )


def read_balance(response: HttpResponse) -> Balance:
    """Return the credit by channel.

    :raises Rejected: the platform refused to tell.
    :raises UnreadableReply: it is not what the platform documents.
    """
    text = _simple_text(succeeded(response, "Balance").get("Balance"))
    parts = {}
    for part in text.split("|"):
        name, colon, value = part.partition(":")
        if colon and name.strip():
            parts[name.strip()] = _figure(value.strip())
    if not parts:
        raise UnreadableReply("The gateway's answer names no balance.")
    return Balance(parts)


def read_senders(response: HttpResponse) -> tuple[SenderId, ...]:
    """Return the registered senders; the status field really has two s at its end.

    :raises Rejected: the platform refused to tell.
    :raises UnreadableReply: it is not what the platform documents.
    """
    entries = succeeded(response, "Data").get("Data")
    if not isinstance(entries, list):
        raise UnreadableReply("The gateway's answer lists no senders.")
    return tuple(
        _read_sender(entry)
        for entry in entries
        if isinstance(entry, dict) and _simple_text(entry.get("SenderId"))
    )


def _refusal_in(fields: Mapping[str, Any], code: str) -> Rejected | UnreadableReply:
    """Return the error an answer without success stands for."""
    if not code:
        return UnreadableReply("The gateway's answer does not say whether it worked.")
    meaning = meaning_of_code(code, _simple_text(fields.get("ErrorMessage")))
    return Rejected(meaning.error_class, code, meaning.sentence)


def _ids_by_number(messages: Sequence[OutboundSms], entries: Any) -> dict[str, str]:
    """Return the platform's id of each message whose number the answer names.

    The first of several ids for a number counts. A number that could mean two of the
    messages names neither.
    """
    numbers = {_digits(message.number): message.number for message in messages}
    found: dict[str, str] = {}
    for digits, message_id in _usable_entries(entries):
        number = numbers.get(digits) or _by_national_part(numbers, digits)
        if number:
            found.setdefault(number, message_id)
    return found


def _usable_entries(entries: Any) -> Iterable[tuple[str, str]]:
    """Yield the digits of the number and the id of each entry that has both."""
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            number = _digits(_simple_text(entry.get("Number")))
            message_id = _simple_text(entry.get("MessageId"))
            if number and message_id:
                yield number, message_id


def _by_national_part(numbers: Mapping[str, str], digits: str) -> str:
    """Return the only number that ends like one written without its country code."""
    national = digits.lstrip("0")
    if len(national) < _NATIONAL_DIGITS:
        return ""
    named = [number for whole, number in numbers.items() if whole.endswith(national)]
    return named[0] if len(named) == 1 else ""


def _read_sender(entry: Mapping[str, Any]) -> SenderId:
    """Return one registered sender."""
    raw_status = _simple_text(entry.get("Statuss") or entry.get("Status"))
    return SenderId(
        name=_simple_text(entry["SenderId"]),
        active=raw_status.lower() == "active",
        raw_status=raw_status,
    )


def _figure(text: str) -> Decimal | str:
    """Return a figure, or the platform's word in its place."""
    try:
        figure = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    return figure if figure.is_finite() else text


def _digits(text: str) -> str:
    """Return the digits of a number, without anything around them."""
    return re.sub(r"\D", "", text, flags=re.ASCII)


def _simple_text(value: Any) -> str:
    """Return a text or a whole number as text, anything else as nothing."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""
