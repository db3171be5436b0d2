"""Propose what a phone field that cannot be texted was meant to be."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

import phonenumbers

from .identity import same_numbers
from .number import classify_number, country_of, split_numbers

#: Reads a text as a number of a country (two letters, or empty), as E.164 or empty.
Reader = Callable[[str, str], str]


class RepairWay(str, Enum):
    """What a repair does. Stored; never rename."""

    #: keeps the mobile one of several numbers
    MOBILE = "mobile"
    #: adds the code of a country
    COUNTRY = "country"
    #: uses the spelling by which the country's mobiles are called
    SPELLING = "spelling"
    #: takes the number out of a text
    EXTRACT = "extract"


@dataclass(frozen=True, slots=True)
class Repair:
    """A number that can be texted, and how it came out of the field.

    :param number: E.164
    :param country: two letters of the number's country
    :param guessed: a person should look at it first
    """

    number: str
    way: RepairWay
    country: str
    guessed: bool


def propose_repair(
    raw: str, countries: Sequence[str], guesses: Sequence[str], read: Reader
) -> Repair | None:
    """Return the most likely repair of a phone field, or ``None``.

    :param raw: the field as it stands
    :param countries: where the person surely is, in two letters
    :param guesses: where the person may be, asked after those
    """
    parts = split_numbers(raw) or [raw.strip()]
    for part in parts:
        for repair in _readings(part, countries, guesses, read):
            if len(parts) > 1:
                return replace(repair, way=RepairWay.MOBILE)
            return repair
    if any(char.isalpha() for char in raw):
        return _from_text(raw, countries, guesses, read)
    return None


def _readings(
    part: str, countries: Sequence[str], guesses: Sequence[str], read: Reader
) -> Iterator[Repair]:
    """Every usable reading of one number, the likeliest first."""
    international = _international(part)
    if international:
        number = read(international, "") or international
        # Argentina's landlines have the same length as its mobiles without the 9
        yield from _spellings(number, read, guessed=number.startswith("+54"))
        return
    for place in (*countries, *guesses):
        number = read(part, place)
        guessed = place not in countries
        if number and _usable(number):
            yield Repair(number, RepairWay.COUNTRY, country_of(number), guessed)
        elif number:
            yield from _spellings(number, read, guessed=True)


def _spellings(number: str, read: Reader, *, guessed: bool) -> Iterator[Repair]:
    for spelling in same_numbers(number):
        found = read(spelling, "")
        if found and _usable(found):
            way = RepairWay.SPELLING
            yield Repair(found, way, country_of(found), guessed and found != number)


def _from_text(
    raw: str, countries: Sequence[str], guesses: Sequence[str], read: Reader
) -> Repair | None:
    """Find a number between words. Slow, so only asked where there are words."""
    for place in (*countries, *guesses, ""):
        matches = list(phonenumbers.PhoneNumberMatcher(raw, place or None))
        way = RepairWay.MOBILE if len(matches) > 1 else RepairWay.EXTRACT
        sure = [place] if place in countries else []
        for match in matches:
            for repair in _readings(match.raw_string, sure, [place], read):
                return replace(repair, way=way)
    return None


def _international(part: str) -> str:
    """Return a number that names its country as ``+`` and digits, else nothing."""
    if not part.startswith(("+", "00")):
        return ""
    return "+" + re.sub(r"\D", "", part).removeprefix("00")


def _usable(e164: str) -> bool:
    return classify_number(e164, e164, has_country=True) is None
