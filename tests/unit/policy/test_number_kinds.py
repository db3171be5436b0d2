"""Numbers that exist and still are nobody's to text, and the countries of numbers."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy import PhoneProblem, classify_number, country_of
from policy.number import split_numbers

E164 = phonenumbers.PhoneNumberFormat.E164
KINDS = phonenumbers.PhoneNumberType
SPECIAL = [
    KINDS.PREMIUM_RATE,
    KINDS.SHARED_COST,
    KINDS.PERSONAL_NUMBER,
    KINDS.PAGER,
    KINDS.UAN,
    KINDS.VOICEMAIL,
]


def problem(number):
    return classify_number(number, number, True)


def examples(kind):
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number_for_type(region, kind)
        if example and phonenumbers.number_type(example) == kind:
            number = phonenumbers.format_number(example, E164)
            if len(number) > 7:  # shorter ones are short codes
                yield number


@pytest.mark.parametrize("kind", SPECIAL)
def test_every_region_s_numbers_of_unusual_kinds_are_special(kind):
    found = list(examples(kind))
    assert len(found) >= 3
    assert {problem(number) for number in found} == {PhoneProblem.SPECIAL}


def test_freephone_numbers_are_special_but_in_north_america():
    for number in examples(KINDS.TOLL_FREE):
        texted = number.startswith("+1")
        assert problem(number) is (None if texted else PhoneProblem.SPECIAL)


@pytest.mark.parametrize(
    "number",
    [
        "+80012345678",  # international freephone
        "+80812345678",  # international shared cost
        "+870773111632",  # Inmarsat
        "+881612345678",  # Iridium
        "+882161234567",  # Thuraya and others
        "+883510012345678",  # international networks
        "+97912345678",  # international premium
    ],
)
def test_numbers_of_no_country_are_special(number):
    assert problem(number) is PhoneProblem.SPECIAL
    assert country_of(number) == ""


def test_every_code_of_no_country_is_special():
    for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        example = phonenumbers.example_number_for_non_geo_entity(code)
        number = phonenumbers.format_number(example, E164)
        assert problem(number) is PhoneProblem.SPECIAL


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+33612345678", "FR"),
        ("+12025550123", "US"),
        ("+16045550123", "CA"),
        ("+18765551234", "JM"),
        ("+79123456789", "RU"),
        ("+77012345678", "KZ"),
        ("+447400123456", "GB"),
        ("+447797712345", "JE"),
        ("+262692123456", "RE"),
        ("+918112345678", "IN"),
        ("+5215512345678", "MX"),  # an older spelling, too long today
        ("+33812345678", "FR"),
        ("+441481999999", "GG"),
        ("+17005550123", "US"),  # not listed: the largest country of the code
        ("+999999999", ""),
        ("0612345678", ""),
        ("", ""),
    ],
)
def test_a_number_tells_its_country(number, country):
    assert country_of(number) == country


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
def test_every_region_s_mobiles_are_of_a_region_with_its_code(region):
    example = phonenumbers.example_number_for_type(region, KINDS.MOBILE)
    if example:
        country = country_of(phonenumbers.format_number(example, E164))
        neighbours = phonenumbers.region_codes_for_country_code(example.country_code)
        assert country in neighbours
        assert len(neighbours) > 1 or country == region


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("06 12 34 56 78 | 07 11 22 33 44", ["06 12 34 56 78", "07 11 22 33 44"]),
        ("+33612345678", ["+33612345678"]),
        ("0612345678 / ext 12", ["0612345678"]),
        ("home;12", []),
        ("", []),
    ],
)
def test_a_field_falls_into_the_parts_that_may_be_numbers(raw, parts):
    assert split_numbers(raw) == parts


@given(st.text(max_size=40))
def test_no_number_is_too_strange_for_a_country(text):
    assert country_of(text) == "" or len(country_of(text)) == 2
