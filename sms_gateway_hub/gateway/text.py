"""Texts from strangers, made fit to be stored."""

from __future__ import annotations

import re
from typing import Any

#: What PostgreSQL and UTF-8 cannot hold: NUL, and halves of a surrogate pair. No phone
#: would show them either.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Return the text without what no database can hold."""
    return _UNSTORABLE.sub("", text)


def storable_json(value: Any) -> Any:
    """Return a decoded JSON value with storable texts, names of fields included."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [storable_json(item) for item in value]
    if isinstance(value, dict):
        return {storable(name): storable_json(item) for name, item in value.items()}
    return value
