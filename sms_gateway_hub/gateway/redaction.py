"""Keeping secrets and whole numbers out of logs, errors and stored answers."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

#: What stands where a secret stood.
REDACTED = "[hidden]"

#: Digits of a number that stay readable at its start and its end.
_SHOWN_START, _SHOWN_END = 5, 2


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every secret replaced, in any form it travels in.

    Covers the plain secret and its URL, JSON and HTML spellings, in any letter case.
    """
    spellings = {form for secret in secrets for form in _spellings(secret)}
    if not spellings:
        return text
    longest_first = sorted(spellings, key=len, reverse=True)
    pattern = "|".join(re.escape(spelling) for spelling in longest_first)
    return re.sub(pattern, REDACTED, text, flags=re.IGNORECASE)


def mask_number(number: str) -> str:
    """Return a number fit for a log: ``+33612345678`` becomes ``+33612****78``."""
    sign = "+" if number.startswith("+") else ""
    digits = number[len(sign) :]
    hidden = len(digits) - _SHOWN_START - _SHOWN_END
    if hidden <= 0:
        return sign + "*" * len(digits)
    return f"{sign}{digits[:_SHOWN_START]}{'*' * hidden}{digits[-_SHOWN_END:]}"


def _spellings(secret: str) -> set[str]:
    """Return the ways a platform or a library may write the secret."""
    if not secret:
        return set()
    return {
        secret,
        quote(secret, safe=""),
        quote(secret),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        html.escape(secret),
    }
