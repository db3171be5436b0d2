"""Webhook bodies from strangers."""

import json

import pytest
from gateway.errors import PayloadError
from gateway.payload import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    decode_payload,
)
from hypothesis import given, settings
from hypothesis import strategies as st

JSON = "application/json"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def depth_of(value, level=0):
    """Return how deep a value is nested."""
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list)):
        return max((depth_of(item, level + 1) for item in inner), default=level)
    return level


@pytest.mark.parametrize(
    ("content_type", "body", "query", "expected"),
    [
        (JSON, b'{"a": 1}', {}, [{"a": 1}]),
        (JSON, b'[{"a": 1}, {"b": "2"}]', {}, [{"a": 1}, {"b": "2"}]),
        (JSON, b'{"events": [{"a": 1}]}', {}, [{"a": 1}]),
        (JSON, b'\xef\xbb\xbf{"a": 1}', {}, [{"a": 1}]),
        ("text/plain", b' {"a": 1}', {}, [{"a": 1}]),
        (
            "application/x-www-form-urlencoded",
            b"a=1&b=%20x",
            {},
            [{"a": "1", "b": " x"}],
        ),
        ("", b"a=1&b=", {}, [{"a": "1", "b": ""}]),
        ("", b"", {"a": "1"}, [{"a": "1"}]),
        ("", b"", [("a", "1"), ("a", "2")], [{"a": "2"}]),
    ],
)
def test_readable_payloads(content_type, body, query, expected):
    assert decode_payload(content_type, body, query) == expected


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"[1]",
        b'"text"',
        b"null",
        b"5",
        b'{"events": []}',
        b"[" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        json.dumps({"a": "x" * (MAX_TEXT + 1)}).encode(),
        json.dumps([{}] * (MAX_ITEMS + 1)).encode(),
        b" " * (MAX_BYTES + 1),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_unreadable_json_is_refused(body):
    with pytest.raises(PayloadError):
        decode_payload(JSON, body)


def test_nothing_at_all_is_refused():
    with pytest.raises(PayloadError):
        decode_payload("", b"", {})


def test_form_with_too_many_fields_is_refused():
    with pytest.raises(PayloadError):
        decode_payload("", b"&".join(b"a%d=1" % n for n in range(MAX_ITEMS + 1)))


def test_callers_own_limit_counts():
    with pytest.raises(PayloadError, match="too large"):
        decode_payload(JSON, b'{"a": 12345}', max_bytes=8)


def test_nesting_up_to_the_limit_is_read():
    body = b'{"a":' * MAX_DEPTH + b"1" + b"}" * MAX_DEPTH
    assert depth_of(decode_payload(JSON, body)[0]) == MAX_DEPTH
    with pytest.raises(PayloadError):
        decode_payload(JSON, b'{"a":' + body + b"}")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "x\\u0000y"}', "xy"),
        (b'{"a": "x\\ud83dy"}', "xy"),
        (b'{"a": "\\ud83d\\ude00"}', "😀"),
        (b'{"a": "\xff"}', "\ufffd"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "-Infinity"),
        (b'{"a": 1e999}', "1e999"),
        (b'{"a": ' + b"9" * 5000 + b"}", "9" * 5000),
        (b'{"a": 1, "a": 2}', 2),
    ],
)
def test_odd_values_become_harmless(body, value):
    assert decode_payload(JSON, body) == [{"a": value}]


@given(st.sampled_from([JSON, "", "text/plain"]), st.binary(max_size=200))
def test_no_bytes_raise_anything_else(content_type, body):
    check_is_storable_or_refused(content_type, body)


@settings(max_examples=300)
@given(JSON_VALUES)
def test_no_json_raises_anything_else(value):
    check_is_storable_or_refused(JSON, json.dumps(value).encode())


@given(st.dictionaries(st.text(), st.text(), min_size=1))
def test_no_query_raises_anything_else(query):
    (fields,) = decode_payload("", b"", query)
    assert all("\x00" not in value for value in fields.values())


def check_is_storable_or_refused(content_type, body):
    """Check that a body is refused, or becomes what a database can hold."""
    try:
        items = decode_payload(content_type, body)
    except PayloadError as err:
        assert err.message
        return
    assert items
    assert all(isinstance(item, dict) for item in items)
    text = json.dumps(items, ensure_ascii=False, allow_nan=False)
    assert text.encode()
    assert "\\u0000" not in text
