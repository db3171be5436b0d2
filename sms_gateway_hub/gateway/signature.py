"""Webhook signatures in the form of Standard Webhooks (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from .errors import SignatureError

HEADER_ID = "webhook-id"
HEADER_TIMESTAMP = "webhook-timestamp"
HEADER_SIGNATURE = "webhook-signature"

_SECRET_PREFIX = "whsec_"
_VERSION = "v1"


def verify(
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    tolerance: float = 300,
) -> None:
    """Accept a call only if one of the live secrets signed it recently.

    :param secrets: every secret that is valid now, as during a change of secret.
    :param headers: of the call; their letter case does not count.
    :param body: the raw bytes, before any decoding.
    :param tolerance: seconds the signed time may differ from ``now``, either way.
    :raises SignatureError: otherwise, also when there is no secret at all.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id = given.get(HEADER_ID, "")
    timestamp = given.get(HEADER_TIMESTAMP, "")
    if not re.fullmatch(r"\d{1,12}", timestamp, re.ASCII) or not message_id:
        raise SignatureError("The call is not signed.")
    signatures = _signatures(given.get(HEADER_SIGNATURE, ""))
    digests = [
        _digest(key, message_id, timestamp, body) for key in _usable_keys(secrets)
    ]
    # Every pair is compared, so that the time taken tells nothing about which matched.
    matches = [
        hmac.compare_digest(digest, signature)
        for digest in digests
        for signature in signatures
    ]
    if not any(matches):
        raise SignatureError("The signature does not match.")
    if abs(now.timestamp() - int(timestamp)) > tolerance:
        raise SignatureError("The signature is too old or from the future.")


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the signature header of a call.

    :raises SignatureError: when the secret has the marked form but is not base64.
    """
    digest = _digest(_key(secret), message_id, str(timestamp), body)
    return f"{_VERSION},{base64.b64encode(digest).decode()}"


def _signatures(header: str) -> list[bytes]:
    """Return the signatures of our version; a header can list several, by spaces."""
    found = []
    for part in header.split():
        version, _comma, encoded = part.partition(",")
        if version == _VERSION:
            try:
                found.append(base64.b64decode(encoded, validate=True))
            except (binascii.Error, ValueError):
                continue
    return found


def _digest(key: bytes, message_id: str, timestamp: str, body: bytes) -> bytes:
    """Return the HMAC over id, time and body."""
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    return hmac.new(key, signed, hashlib.sha256).digest()


def _usable_keys(secrets: Sequence[str]) -> list[bytes]:
    """Return the keys of the secrets that are whole; a broken one proves nothing."""
    keys = []
    for secret in secrets:
        try:
            keys.append(_key(secret))
        except SignatureError:
            continue
    return keys


def _key(secret: str) -> bytes:
    """Return the bytes of a secret; one without the marker is taken as it stands."""
    key = secret.encode()
    if secret.startswith(_SECRET_PREFIX):
        try:
            key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raise SignatureError("The webhook's secret is not valid base64.") from None
    if not key:
        # Anyone can sign with an empty key.
        raise SignatureError("The webhook's secret is empty.")
    return key
