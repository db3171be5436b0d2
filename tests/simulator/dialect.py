"""The platform's words: what its requests say and how its answers look."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SUCCESS = "000"
#: Numbers one request may name.
MAX_NUMBERS = 100

WORDS = {
    "001": "Login details cannot be blank",
    "003": "Sender cannot be blank",
    "004": "Message text cannot be blank",
    "005": "Message data cannot be blank",
    "006": "error:Something went wrong",
    "007": "Invalid login details",
    "013": "Invalid mobile numbers",
    "015": "Invalid sender id",
    "021": "Insufficient credits",
    "022": "Invalid job id",
    "023": "Parameter missing",
    "024": "Invalid template or template mismatch",
    "027": "Number not opted in",
}


class Refusal(Exception):
    """The platform says no, with one of its codes."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a request; the number as digits with country code."""

    number: str
    text: str
    template_id: str = ""


@dataclass(frozen=True, slots=True)
class SendRequest:
    """A request to send, whichever of the three forms it came in."""

    api_key: str
    sender: str
    channel: str
    entity_id: str
    messages: tuple[Message, ...]

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> SendRequest:
        """Return the request of a form or a query: one text to several numbers."""
        given = {name.lower(): value for name, value in fields.items()}
        template_id = given.get("dlttemplateid") or given.get("templateid", "")
        return cls(
            api_key=given.get("apikey", ""),
            sender=given.get("senderid", ""),
            channel=given.get("channel", ""),
            entity_id=given.get("entityid") or given.get("peid", ""),
            messages=tuple(
                Message(number.strip(), given.get("text", ""), template_id)
                for number in given.get("number", "").split(",")
                if number.strip()
            ),
        )

    @classmethod
    def from_json(cls, body: bytes) -> SendRequest:
        """Return the request of a JSON body: a text to each number.

        :raises Refusal: when it has another form.
        """
        try:
            value = json.loads(body)
            account = _lowered(value["Account"])
            messages = tuple(
                Message(
                    str(entry.get("number", "")),
                    str(entry.get("text", "")),
                    str(entry.get("dlttemplateid") or entry.get("templateid") or ""),
                )
                for entry in map(_lowered, value["Messages"])
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refusal("023") from None
        return cls(
            api_key=str(account.get("apikey") or ""),
            sender=str(account.get("senderid") or ""),
            channel=str(account.get("channel") or ""),
            entity_id=str(account.get("entityid") or account.get("peid") or ""),
            messages=messages,
        )

    def check(self, api_key: str, registered: bool) -> None:
        """Refuse what the platform would refuse.

        :param registered: ask for the ids of the operators' registers too.
        :raises Refusal: with the code of the first reason.
        """
        check_key(self.api_key, api_key)
        if not self.sender:
            raise Refusal("003")
        if not self.messages or len(self.messages) > MAX_NUMBERS:
            raise Refusal("005")
        if not all(message.text for message in self.messages):
            raise Refusal("004")
        if not all(
            re.fullmatch(r"\d{10,15}", message.number, re.ASCII)
            for message in self.messages
        ):
            raise Refusal("013")
        if registered and self.channel != "INT":
            if not self.entity_id:
                raise Refusal("023")
            if not all(message.template_id for message in self.messages):
                raise Refusal("024")


def check_key(given: str, expected: str) -> None:
    """Refuse a wrong key.

    :raises Refusal: when it is empty or another.
    """
    if not given:
        raise Refusal("001")
    if given != expected:
        raise Refusal("007")


def new_message_id() -> str:
    """Return an id of the platform's shape: a packed GUID of 22 characters."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def refused(code: str) -> dict[str, Any]:
    """Return an answer that says no; its HTTP status is 200 all the same."""
    words = WORDS.get(code.zfill(3), "Error")
    return {
        "ErrorCode": code,
        "ErrorMessage": words,
        "JobId": None,
        "MessageData": None,
    }


def accepted(job_id: str, entries: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return an answer that says yes.

    :param entries: number and message id of each message.
    """
    return {
        "ErrorCode": SUCCESS,
        "ErrorMessage": "Success",
        "JobId": job_id,
        "MessageData": [
            {"Number": number, "MessageId": message_id}
            for number, message_id in entries
        ],
    }


def reports(entries: Sequence[tuple[str, str, str]]) -> dict[str, Any]:
    """Return the answer about a job.

    :param entries: message id, status word and Indian time of each message.
    """
    return {
        "ErrorCode": "0",
        "ErrorMessage": "Done",
        "DeliveryReports": [
            {"MessageId": message_id, "DeliveryStatus": word, "DeliveryDate": date}
            for message_id, word, date in entries
        ],
    }


def balance(credit: int) -> dict[str, Any]:
    """Return the answer about the account's credit."""
    return {
        "ErrorCode": 0,
        "ErrorMessage": "Done",
        "Balance": f"Promo:{credit}|Trans:{credit}",
    }


def senders(names: Sequence[str]) -> dict[str, Any]:
    """Return the answer about the registered senders."""
    return {
        "ErrorCode": "000",
        "ErrorMessage": "Done",
        "Data": [{"SenderId": name, "Statuss": "Active"} for name in names],
    }


def _lowered(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its names in lower case, as the platform reads them."""
    return {str(name).lower(): item for name, item in value.items()}
