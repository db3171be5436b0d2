"""Answers as values."""

from datetime import datetime, timezone

import pytest
from gateway.errors import UnreadableReply
from gateway.exchange import HttpRequest, HttpResponse

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("999999", 3600.0),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("", None),
    ],
)
def test_wait_is_read_in_either_form(header, seconds):
    assert (
        HttpResponse(429, headers={"retry-after": header}).retry_after(NOW) == seconds
    )


def test_wait_until_a_date_counts_from_the_answers_own():
    response = HttpResponse(
        503,
        headers={
            "retry-after": "Sun, 01 Mar 2026 12:01:00 GMT",
            "date": "Sun, 01 Mar 2026 12:00:00 GMT",
        },
    )
    assert response.retry_after() == 60.0


def test_wait_until_a_date_without_any_clock_is_unknown():
    headers = {"retry-after": "Sun, 01 Mar 2026 12:01:00 GMT"}
    assert HttpResponse(503, headers=headers).retry_after() is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"1", b"[" * 100_000, b"\xff"])
def test_body_that_is_no_object_is_unreadable(body):
    with pytest.raises(UnreadableReply):
        HttpResponse(200, body).json_object()


def test_byte_order_mark_is_no_obstacle():
    assert HttpResponse(200, b'\xef\xbb\xbf{"a": 1}').json_object() == {"a": 1}


def test_repr_shows_neither_body_nor_parameters():
    request = HttpRequest("GET", "/x", params={"key": "s3cret"}, form={"key": "s3cret"})
    response = HttpResponse(200, b"s3cret", {"echo": "s3cret"})
    assert "s3cret" not in repr(request) + repr(response)


def test_what_no_database_can_hold_is_left_out():
    response = HttpResponse(
        200, b'{"JobId": "4\x002", "a\\u0000": ["\\ud83d\\ude00\\udc00", {"b": 1}]}'
    )
    assert "\x00" not in response.text
    assert response.json_object() == {"JobId": "42", "a": ["\U0001f600", {"b": 1}]}
