"""Tell why a phone field cannot be texted, in terms a person can act on.

Formatting stays with Odoo (its patched metadata); here only the *kind* of problem is
named. Validity follows libphonenumber's advice: refuse what is impossible, never what
is merely not listed yet.
"""

import re
from enum import Enum
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

#: What people put between two numbers in one field.
_SEPARATORS = re.compile(r"[|;/,\n]|\s(?:or|ou|oder|o|y)\s", re.IGNORECASE)
_MIN_DIGITS = 6
_E164 = re.compile(r"\+[1-9]\d{6,14}")
#: Numbers that a text reaches at an unusual price, or never.
_SPECIAL_KINDS = frozenset(
    (
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    )
)
#: In North America a freephone number may be open for texts.
_NORTH_AMERICA = 1
#: Numbers looked up once per campaign although several questions are asked of each.
_REMEMBERED = 16_384


class PhoneProblem(str, Enum):
    """What is wrong with a phone field."""

    #: nothing is written there
    MISSING = "missing"
    #: no country makes a number of it
    INVALID = "invalid"
    #: two numbers in one field
    TWO_NUMBERS = "two_numbers"
    #: national format, and no country to complete it with
    NO_COUNTRY = "no_country"
    #: fixed line only
    LANDLINE = "landline"
    #: premium, shared cost, freephone, personal, pager, satellite and the like
    SPECIAL = "special"


def classify_number(
    raw: str | None, e164: str | None, has_country: bool
) -> PhoneProblem | None:
    """Return why the number cannot be texted, or ``None`` when it can.

    :param raw: what stands in the field
    :param e164: the same formatted by Odoo as ``+<country><number>``, empty if it
        could not be
    :param has_country: whether a country was known for national formats
    """
    raw = (raw or "").strip()
    if not raw and not e164:
        return PhoneProblem.MISSING
    if e164 and _E164.fullmatch(e164):
        return _line(e164)[0]
    if len(split_numbers(raw)) > 1:
        return PhoneProblem.TWO_NUMBERS
    if not has_country and not raw.startswith(("+", "00")) and _digits(raw):
        return PhoneProblem.NO_COUNTRY
    return PhoneProblem.INVALID


def country_of(e164: str) -> str:
    """Return the two letters of the country that a number belongs to.

    Of several countries behind one code (as +1, +7, +44) the numbering plan tells; for
    a range that is not listed yet it is the largest of them.

    :param e164: ``+<country><number>``
    :return: as ``FR``; empty for what belongs to no country (satellites, +800)
    """
    return _line(e164)[1] if _E164.fullmatch(e164) else ""


def split_numbers(raw: str) -> list[str]:
    """Return the parts of a field that may each be a number, in order."""
    return [part.strip() for part in _SEPARATORS.split(raw) if _digits(part)]


@lru_cache(maxsize=_REMEMBERED)
def _line(e164: str) -> tuple[PhoneProblem | None, str]:
    """Return what speaks against texting this line, and its country."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return PhoneProblem.INVALID, ""
    code = number.country_code
    if code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        return PhoneProblem.SPECIAL, ""
    country = phonenumbers.region_code_for_number(
        number
    ) or phonenumbers.region_code_for_country_code(code)
    if not phonenumbers.is_possible_number(number):
        return PhoneProblem.INVALID, country
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.FIXED_LINE:
        return PhoneProblem.LANDLINE, country
    if kind in _SPECIAL_KINDS and (
        kind != PhoneNumberType.TOLL_FREE or code != _NORTH_AMERICA
    ):
        return PhoneProblem.SPECIAL, country
    return None, country


def _digits(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= _MIN_DIGITS
