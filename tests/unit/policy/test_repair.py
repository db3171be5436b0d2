"""What a phone field that cannot be texted was meant to be."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy import classify_number
from policy.repair import Repair, RepairWay, propose_repair

MOBILE, COUNTRY, SPELLING, EXTRACT = RepairWay


def read(text, country):
    """Read a number as Odoo does: only what is valid, as E.164."""
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def propose(raw, countries=(), guesses=()):
    return propose_repair(raw, countries, guesses, read)


@pytest.mark.parametrize(
    ("raw", "countries", "guesses", "repair"),
    [
        # two numbers in one field: the mobile one, wherever it stands
        (
            "01 23 45 67 89 | 06 12 34 56 78",
            ["FR"],
            [],
            Repair("+33612345678", MOBILE, "FR", False),
        ),
        (
            "06 12 34 56 78 / 01 23 45 67 89",
            ["FR"],
            [],
            Repair("+33612345678", MOBILE, "FR", False),
        ),
        (
            "+44 20 7946 0123; +44 7400 123456",
            [],
            [],
            Repair("+447400123456", MOBILE, "GB", False),
        ),
        (
            "06 12 34 56 78 | 07 11 22 33 44",
            [],
            ["FR"],
            Repair("+33612345678", MOBILE, "FR", True),
        ),
        (
            "01 23 45 67 89 (home), mobile 06 12 34 56 78",
            ["FR"],
            [],
            Repair("+33612345678", MOBILE, "FR", False),
        ),
        # the country, from what is known and then from what is likely
        ("06 12 34 56 78", ["FR"], [], Repair("+33612345678", COUNTRY, "FR", False)),
        (
            "06 12 34 56 78",
            ["BE"],
            ["US", "FR"],
            Repair("+33612345678", COUNTRY, "FR", True),
        ),
        # countries with two spellings
        ("+52 1 55 1234 5678", [], [], Repair("+525512345678", SPELLING, "MX", False)),
        (
            "005215512345678",
            ["FR"],
            [],
            Repair("+525512345678", SPELLING, "MX", False),
        ),
        ("+54 11 2345 6789", [], [], Repair("+5491123456789", SPELLING, "AR", True)),
        ("11 2345-6789", ["AR"], [], Repair("+5491123456789", SPELLING, "AR", True)),
        ("+55 11 8765 4321", [], [], Repair("+5511987654321", SPELLING, "BR", False)),
        # a number between words
        (
            "06 12 34 56 78 (office, 2nd floor)",
            ["FR"],
            [],
            Repair("+33612345678", EXTRACT, "FR", False),
        ),
        (
            "Anna: +33 6 12 34 56 78",
            [],
            [],
            Repair("+33612345678", EXTRACT, "FR", False),
        ),
        ("mob. 0612345678", [], ["FR"], Repair("+33612345678", COUNTRY, "FR", True)),
        (
            "home 01 23 45 67 89 mobile 06 12 34 56 78",
            [],
            ["FR"],
            Repair("+33612345678", MOBILE, "FR", True),
        ),
    ],
)
def test_a_repair_is_proposed(raw, countries, guesses, repair):
    assert propose(raw, countries, guesses) == repair


@pytest.mark.parametrize(
    ("raw", "countries"),
    [
        ("01 23 45 67 89", ["FR"]),
        ("01 23 45 67 89 | 01 98 76 54 32", ["FR"]),
        ("06 12 34 56 78", []),
        ("0 899 12 34 56", ["FR"]),
        ("+33 6 12", ["FR"]),
        ("ask at the desk", ["FR"]),
        ("+", ["FR"]),
        ("", ["FR"]),
    ],
)
def test_nothing_is_proposed_that_could_not_be_texted(raw, countries):
    assert propose(raw, countries) is None


@given(
    st.text(st.sampled_from("+0123456789 -/|;,()abc\n"), max_size=40),
    st.lists(st.sampled_from(["FR", "US", "MX", "AR", "BR", "IN"]), max_size=2),
    st.lists(st.sampled_from(["FR", "US", "MX", "AR", "BR", "IN"]), max_size=2),
)
def test_whatever_is_proposed_can_be_texted(raw, countries, guesses):
    repair = propose(raw, countries, guesses)
    if repair:
        number = repair.number
        assert classify_number(number, number, True) is None
        assert read(number, "") == number
        assert len(repair.country) == 2
