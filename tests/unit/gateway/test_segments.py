"""Alphabets and parts, checked by hand and against another implementation."""

import pytest
from gateway.segments import GSM_BASIC, GSM_EXTENSION, count_segments, encoding_of
from gateway.vocabulary import Encoding
from hypothesis import given
from hypothesis import strategies as st

smsutil = pytest.importorskip("smsutil")

GSM_TEXT = st.text(st.sampled_from(sorted(GSM_BASIC | GSM_EXTENSION)), max_size=500)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def test_alphabet_has_the_size_of_its_table():
    # 128 places, one of which is the escape character.
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("", 0, 0),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 160, 1),
        ("a" * 159 + "€", 161, 2),
        # 306 would fit into two parts, were it not for the pair on the seam.
        ("a" * 152 + "€" + "a" * 152, 306, 3),
    ],
)
def test_gsm_text_is_counted_in_septets(text, units, count):
    segments = count_segments(text)
    assert segments.encoding is Encoding.GSM7
    assert (segments.units, segments.count) == (units, count)


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("ç" * 70, 70, 1),
        ("ç" * 71, 71, 2),
        ("😀" * 35, 70, 1),
        ("😀" * 36, 72, 2),
        ("a" * 66 + "😀" + "b" * 66, 134, 3),
    ],
)
def test_unicode_text_is_counted_in_utf16_units(text, units, count):
    segments = count_segments(text)
    assert segments.encoding is Encoding.UCS2
    assert (segments.units, segments.count) == (units, count)


@pytest.mark.parametrize("character", "àèéìòùÇÄÖÑÜäöñüßÅåÆæØøÉ¿¡§£¥¤ΔΩ€[]{}\n")
def test_character_is_in_the_small_alphabet(character):
    assert encoding_of(character) is Encoding.GSM7


@pytest.mark.parametrize("character", "çÀêôœáíóúãõşğı’“”…`\u00a0\u202f₹")
def test_character_makes_the_text_unicode(character):
    assert encoding_of("plain " + character) is Encoding.UCS2


@given(GSM_TEXT)
def test_small_alphabet_agrees_with_smsutil(text):
    expected = smsutil.split(text).parts if text else []
    assert count_segments(text).count == len(expected)


@given(ANY_TEXT)
def test_parts_hold_all_units_and_no_more_than_fit(text):
    segments = count_segments(text)
    assert segments.units <= segments.count * segments.per_segment
    # A part is left at most one unit short, for a pair that did not fit.
    assert segments.units >= (segments.count - 1) * (segments.per_segment - 1)
