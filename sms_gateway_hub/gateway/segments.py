"""Alphabet and number of parts of a text, by 3GPP TS 23.038 and TS 23.040."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .vocabulary import Encoding

#: The default alphabet in the order of its table, without the escape character.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå"
    "ΔΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
    "_"
)
#: Reached through the escape character, so each takes two places.
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = GSM_BASIC | GSM_EXTENSION

#: (units of a text that stands alone, units of each part of a longer one)
_LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text travels.

    :param units: septets, or UTF-16 units, of the whole text.
    :param count: parts it needs; 0 for an empty text.
    :param per_segment: units that fit into each of its parts.
    """

    encoding: Encoding
    units: int
    count: int
    per_segment: int


def encoding_of(text: str) -> Encoding:
    """Return the smallest alphabet that holds every character of the text."""
    return Encoding.GSM7 if _GSM.issuperset(text) else Encoding.UCS2


def count_segments(text: str) -> Segments:
    """Return alphabet, units and parts of the text.

    A character that takes two units (an escape pair, a surrogate pair) is never split
    over two parts, so a text can need one part more than its units suggest.
    """
    encoding = encoding_of(text)
    alone, per_part = _LIMITS[encoding]
    widths = _widths(text, encoding)
    units = sum(widths)
    if units <= alone:
        return Segments(encoding, units, 1 if text else 0, alone)
    return Segments(encoding, units, _pack(widths, per_part), per_part)


def _widths(text: str, encoding: Encoding) -> list[int]:
    """Return the units each character takes."""
    if encoding is Encoding.GSM7:
        return [2 if character in GSM_EXTENSION else 1 for character in text]
    return [2 if ord(character) > 0xFFFF else 1 for character in text]


def _pack(widths: Iterable[int], per_part: int) -> int:
    """Return the parts needed when no character may be split."""
    parts, used = 1, 0
    for width in widths:
        if used + width > per_part:
            parts, used = parts + 1, 0
        used += width
    return parts
