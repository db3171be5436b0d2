"""Tell why a phone field cannot be texted, in terms a person can act on.

Formatting stays with Odoo (its patched metadata); here only the *kind* of problem is
named. Validity follows libphonenumber's advice: refuse what is impossible, never what
is merely not listed yet.
"""

import re
from enum import Enum

import phonenumbers

#: What people put between two numbers in one field.
_SEPARATORS = re.compile(r"[|;/,\n]|\s(?:or|ou|oder|o|y)\s", re.IGNORECASE)
_MIN_DIGITS = 6
_E164 = re.compile(r"\+[1-9]\d{6,14}")


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
        return _line_problem(e164)
    if _holds_two_numbers(raw):
        return PhoneProblem.TWO_NUMBERS
    if not has_country and not raw.startswith(("+", "00")) and _digits(raw):
        return PhoneProblem.NO_COUNTRY
    return PhoneProblem.INVALID


def _line_problem(e164: str) -> PhoneProblem | None:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return PhoneProblem.INVALID
    if not phonenumbers.is_possible_number(number):
        return PhoneProblem.INVALID
    kind = phonenumbers.number_type(number)
    if kind == phonenumbers.PhoneNumberType.FIXED_LINE:
        return PhoneProblem.LANDLINE
    return None


def _holds_two_numbers(raw: str) -> bool:
    parts = [part for part in _SEPARATORS.split(raw) if _digits(part)]
    return len(parts) > 1


def _digits(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= _MIN_DIGITS
