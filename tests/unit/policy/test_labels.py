"""Labels of marketing, and its way out in the words of the sender's country."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy.labels import (
    LABELS,
    NAME_MARKS,
    name_is_fit,
    with_label,
    with_stop,
    without_stop,
)

_STOP = "STOP au 36180"
_TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@pytest.mark.parametrize(
    ("country", "wanted"),
    [
        ("KR", "(광고) Sale"),
        ("SG", "<ADV> Sale"),
        ("VN", "[QC] Sale"),
        ("IL", "פרסומת Sale"),
        ("FR", "Sale"),
        ("", "Sale"),
    ],
)
def test_marketing_begins_with_the_label_of_its_country(country, wanted):
    assert with_label("Sale", country, "marketing") == wanted
    assert with_label("Sale", country, "test") == wanted
    assert with_label("Sale", country, "transactional") == "Sale"


def test_a_label_that_somebody_wrote_is_not_repeated():
    assert with_label(" <ADV>Sale", "SG", "marketing") == " <ADV>Sale"


def test_marketing_ends_with_the_way_out_of_its_sender():
    assert with_stop("Sale \n", _STOP, "marketing") == f"Sale\n{_STOP}"
    assert with_stop(f"{_STOP}. Sale", _STOP, "marketing") == f"{_STOP}. Sale"
    assert with_stop("Sale", "", "marketing") == "Sale"
    assert with_stop("Your code", _STOP, "otp") == "Your code"


def test_an_empty_text_stays_empty_and_is_refused_as_such():
    for text in ("", " \n"):
        assert with_label(text, "KR", "marketing") == text
        assert with_stop(text, _STOP, "marketing") == text


@given(_TEXTS, st.sampled_from((*LABELS, "FR", "")))
def test_finishing_twice_is_finishing_once(text, country):
    def finish(one):
        return with_stop(with_label(one, country, "marketing"), _STOP, "marketing")

    assert finish(finish(text)) == finish(text)


@given(_TEXTS)
def test_the_way_out_can_be_taken_away_for_another_sender(text):
    assert _STOP not in without_stop(with_stop(text, _STOP, "marketing"), _STOP)


def test_without_a_way_out_nothing_is_taken_away():
    assert without_stop("Sale\nSTOP", "") == "Sale\nSTOP"


@pytest.mark.parametrize(
    ("name", "country", "purpose", "fit"),
    [
        ("AD-SHOP", "AE", "marketing", True),
        ("SHOP", "AE", "marketing", False),
        ("AD-SHOP", "AE", "transactional", False),
        ("SHOP", "AE", "transactional", True),
        ("SHOP-AD", "SA", "marketing", True),
        ("AD-SHOP", "SA", "marketing", False),
        ("AD-SHOP", "FR", "transactional", True),
    ],
)
def test_names_wear_the_mark_of_marketing_where_it_is_wanted(
    name, country, purpose, fit
):
    assert name_is_fit(name, country, purpose) is fit


def test_each_entry_says_where_it_is_from():
    assert all(one.source for one in (*LABELS.values(), *NAME_MARKS.values()))
