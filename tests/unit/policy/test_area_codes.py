from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import parse, region_code_for_number
from policy.area_codes import _STATE_OF_AREA, state_of


def test_states_that_everybody_knows():
    for number, state in (
        ("+12125550100", "NY"),
        ("+13055550100", "FL"),
        ("+15125550100", "TX"),
        ("+12025550100", "DC"),
        ("+19075550100", "AK"),
        ("+18085550100", "HI"),
        ("+17875550100", ""),  # Puerto Rico
        ("+14165550100", ""),  # Toronto
        ("+18005550100", ""),  # toll-free
        ("+33612345678", ""),
        ("+1", ""),
        ("", ""),
    ):
        assert state_of(number) == state, number


def test_every_state_has_area_codes():
    assert len(set(_STATE_OF_AREA.values())) == 51
    assert len(_STATE_OF_AREA) > 300


def test_every_area_code_is_american():
    for area in _STATE_OF_AREA:
        assert region_code_for_number(parse(f"+1{area}5550100")) in ("US", None), area


@given(st.from_regex(r"\+[2-9]\d{6,13}", fullmatch=True))
def test_numbers_of_other_countries_have_no_state(number):
    assert state_of(number) == ""
