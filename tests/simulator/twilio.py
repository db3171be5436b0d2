"""The dialect of Twilio's messages, as far as Odoo's own connector speaks it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from . import dialect

#: Where messages are sent to: ``/2010-04-01/Accounts/<account>/Messages.json``.
PREFIX = "/2010-04-01/accounts/"
#: Signs what is reported; any account of Twilio's shape is welcome.
TOKEN = "0123456789abcdef0123456789abcdef"
_TIMEOUT = 10.0


def read(fields: Mapping[str, str]) -> dialect.SendRequest:
    """Return what a form asks for: one text to one number."""
    number = fields.get("To", "").lstrip("+")
    message = dialect.Message(number, fields.get("Body", ""))
    return dialect.SendRequest("", fields.get("From", ""), "", "", (message,))


def answer(message_id: str, request: dialect.SendRequest) -> dict[str, Any]:
    """Return what the platform says when it takes a text."""
    [message] = request.messages
    return {
        "sid": message_id,
        "status": "queued",
        "to": f"+{message.number}",
        "from": request.sender,
        "body": message.text,
        "error_code": None,
        "error_message": None,
    }


def signature(url: str, fields: Mapping[str, str]) -> str:
    """Return the signature of a report: over its address and its sorted fields."""
    signed = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    digest = hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def call_back(url: str, message_id: str, status: str) -> int:
    """Report on a text to the address that came with it; 0 when nobody answered."""
    fields = {"MessageSid": message_id, "SmsStatus": status, "MessageStatus": status}
    parts = urlsplit(url)
    link = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=_TIMEOUT
    )
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Twilio-Signature": signature(url, fields),
    }
    try:
        link.request("POST", parts.path, urlencode(fields), headers)
        return link.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        link.close()
