"""Tell which spellings of a number reach one and the same telephone.

Three countries write one mobile number in two ways, and networks, address books and
carriers mix them. Consent, suppression, caps and duplicates belong to the person, so
they compare by the canonical spelling; the ledger keeps what was typed.

The plans: Brazil put a 9 before the eight digits of mobile numbers (Anatel, resolution
553/2010, completed in 2016); Mexico dropped the 1 after its country code (numbering
plan of the IFT, 3 August 2019); Argentina's mobiles have a 9 after the country code
when called from abroad, which its own networks leave out (fundamental numbering plan).
"""

import re

#: Ninth digit of Brazil: area code, 9, then what was a mobile number of eight digits.
#: Those began with 6 to 9; a landline begins with 2 to 5 and never got a ninth digit.
_BRAZIL = re.compile(r"\+55([1-9]{2})(9?)([6-9]\d{7})")
#: Neither an area code nor a subscriber of Mexico begins with 1.
_MEXICO = re.compile(r"\+52(1?)([2-9]\d{9})")
#: Area code and subscriber make ten digits in Argentina, and no area code is a 9.
_ARGENTINA = re.compile(r"\+54(9?)([1-8]\d{9})")


def same_numbers(e164: str) -> tuple[str, ...]:
    """Return every spelling that reaches the subscriber of a number.

    :param e164: ``+<country><number>``; anything else is returned as it is
    :return: the canonical spelling first; a single one in most countries
    """
    if e164[:3] not in ("+55", "+52", "+54"):
        return (e164,)
    if found := _BRAZIL.fullmatch(e164):
        area, _ninth, old = found.groups()
        return (f"+55{area}9{old}", f"+55{area}{old}")
    if found := _MEXICO.fullmatch(e164):
        return (f"+52{found[2]}", f"+521{found[2]}")
    if found := _ARGENTINA.fullmatch(e164):
        return (f"+549{found[2]}", f"+54{found[2]}")
    return (e164,)


def canonical(e164: str) -> str:
    """Return the one spelling under which a subscriber is known to the gate."""
    return same_numbers(e164)[0]
