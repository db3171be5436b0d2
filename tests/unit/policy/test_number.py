"""What is wrong with a phone field."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy import PhoneProblem, classify_number

MOBILES = ("+33612345678", "+447400123456", "+919812345678", "+12025550123")


@pytest.mark.parametrize("number", MOBILES)
def test_a_mobile_number_has_no_problem(number):
    assert classify_number(number, number, has_country=False) is None


@pytest.mark.parametrize("raw", [None, "", "   "])
def test_an_empty_field_is_missing(raw):
    assert classify_number(raw, "", has_country=True) is PhoneProblem.MISSING


@pytest.mark.parametrize(
    "raw",
    [
        "06 12 34 56 78 | 07 11 22 33 44",
        "0612345678/0711223344",
        "06 12 34 56 78; 07 11 22 33 44",
        "06 12 34 56 78, 07 11 22 33 44",
        "06 12 34 56 78\n07 11 22 33 44",
        "+33 6 12 34 56 78 or +33 7 11 22 33 44",
        "+33 6 12 34 56 78 OU +33 7 11 22 33 44",
    ],
)
def test_two_numbers_in_one_field_are_called_so(raw):
    for has_country in (True, False):
        assert classify_number(raw, "", has_country) is PhoneProblem.TWO_NUMBERS


@pytest.mark.parametrize("raw", ["12/34", "0612345678 (office, 2nd floor)", "1,2,3"])
def test_a_separator_alone_does_not_make_two_numbers(raw):
    assert classify_number(raw, "", has_country=True) is PhoneProblem.INVALID


@pytest.mark.parametrize(
    ("raw", "has_country", "problem"),
    [
        ("06 12 34 56 78", False, PhoneProblem.NO_COUNTRY),
        ("06 12 34 56 78", True, PhoneProblem.INVALID),
        ("+33 6 12", False, PhoneProblem.INVALID),
        ("0033 6 12", False, PhoneProblem.INVALID),
        ("ask at the desk", False, PhoneProblem.INVALID),
        ("112", False, PhoneProblem.INVALID),
    ],
)
def test_what_cannot_be_completed_says_what_is_missing(raw, has_country, problem):
    assert classify_number(raw, "", has_country) is problem


@pytest.mark.parametrize("number", ["+33123456789", "+442079460123", "+914423456789"])
def test_a_landline_is_one(number):
    assert classify_number(number, number, True) is PhoneProblem.LANDLINE


@pytest.mark.parametrize("number", ["+999999999", "+3361", "+331234567890123"])
def test_an_impossible_number_is_invalid_though_it_looks_right(number):
    assert classify_number(number, number, True) is PhoneProblem.INVALID


def test_a_range_that_is_merely_not_listed_is_not_refused():
    number = "+17005550123"
    assert classify_number(number, number, True) is None


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_every_region_s_example_of_a_mobile_is_accepted(region):
    kind = phonenumbers.PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(region, kind)
    if example:
        form = phonenumbers.PhoneNumberFormat.E164
        number = phonenumbers.format_number(example, form)
        assert classify_number(number, number, False) is None


@given(st.text(max_size=40), st.text(max_size=20), st.booleans())
def test_no_text_is_too_strange_to_be_classified(raw, e164, has_country):
    problem = classify_number(raw, e164, has_country)
    assert problem is None or isinstance(problem, PhoneProblem)
    if problem is None:
        assert e164.startswith("+")
