"""Spellings of one subscriber."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy import canonical, same_numbers

PAIRS = [
    # Brazil, with and without its ninth digit
    ("+5511987654321", "+551187654321"),
    ("+5562999998888", "+556299998888"),
    ("+5585961234567", "+558561234567"),
    # Mexico, without and with the former 1
    ("+525512345678", "+5215512345678"),
    ("+526641234567", "+5216641234567"),
    # Argentina, as seen from abroad and from its own networks
    ("+5491123456789", "+541123456789"),
    ("+5493512345678", "+543512345678"),
    ("+5492966123456", "+542966123456"),
]
ALONE = [
    "+33612345678",
    "+12025550123",
    "+551134567890",  # a landline of São Paulo
    "+5511951234567",  # eight digits from 5 on are a landline
    "+5510187654321",  # no such area code
    "+5255123456",
    "+52155123456789",
    "+54112345678",
    "+549112345678901",
    "+56912345678",
    "",
    "55",
    "+55",
    "ask at the desk",
    "TM-ACME",
]

shapes = st.one_of(
    st.from_regex(r"\+55[1-9]{2}9?[0-9]{8}", fullmatch=True),
    st.from_regex(r"\+521?[0-9]{10}", fullmatch=True),
    st.from_regex(r"\+549?[0-9]{10}", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True),
    st.text(max_size=20),
)


@pytest.mark.parametrize(("known_as", "other"), PAIRS)
def test_two_spellings_are_one_subscriber(known_as, other):
    for spelling in (known_as, other):
        assert same_numbers(spelling) == (known_as, other)
        assert canonical(spelling) == known_as


@pytest.mark.parametrize("number", ALONE)
def test_everybody_else_has_one_spelling(number):
    assert same_numbers(number) == (number,)
    assert canonical(number) == number


@given(shapes)
def test_the_canonical_spelling_of_a_canonical_one_is_itself(number):
    assert canonical(canonical(number)) == canonical(number)


@given(shapes)
def test_all_spellings_know_each_other_and_themselves(number):
    family = same_numbers(number)
    assert number in family
    assert len(set(family)) == len(family) <= 2
    assert all(same_numbers(spelling) == family for spelling in family)


@given(st.sampled_from(["BR", "MX", "AR"]), st.data())
def test_the_canonical_spelling_is_the_one_that_libphonenumber_calls_mobile(
    region, data
):
    kind = phonenumbers.PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(region, kind)
    tail = data.draw(st.from_regex(r"[0-9]{4}", fullmatch=True))
    form = phonenumbers.PhoneNumberFormat.E164
    number = phonenumbers.format_number(example, form)[:-4] + tail
    assert canonical(number) == number


@given(shapes, shapes)
def test_two_subscribers_share_no_spelling(one, other):
    if canonical(one) != canonical(other):
        assert not set(same_numbers(one)) & set(same_numbers(other))
