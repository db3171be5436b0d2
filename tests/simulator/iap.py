"""The dialect of Odoo's own text message service, as far as its queue speaks it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from . import dialect

PATH = "/api/sms/3/send"


def read(body: bytes) -> tuple[dialect.SendRequest, list[str]]:
    """Return what a call asks for, and the reference of each of its texts."""
    entries = [
        (dialect.Message(to["number"].lstrip("+"), text["content"]), to["uuid"])
        for text in json.loads(body)["params"]["messages"]
        for to in text["numbers"]
    ]
    messages = tuple(message for message, _reference in entries)
    request = dialect.SendRequest("", "ODOO", "", "", messages)
    return request, [reference for _message, reference in entries]


def answer(references: Sequence[str]) -> dict[str, Any]:
    """Return what the service says when it takes all texts of a call."""
    return {
        "jsonrpc": "2.0",
        "id": None,
        "result": [
            {"uuid": reference, "state": "success", "credit": 1}
            for reference in references
        ],
    }
