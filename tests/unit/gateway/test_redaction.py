"""Secrets and numbers in texts that people read."""

from urllib.parse import quote, quote_plus

import pytest
from gateway.redaction import REDACTED, mask_number, redact
from hypothesis import given
from hypothesis import strategies as st

KEY = "s3cret/k+y=="


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        KEY.upper(),
        quote(KEY),
        quote(KEY, safe=""),
        quote(KEY, safe="").lower(),
        quote_plus(KEY),
    ],
)
def test_every_spelling_of_a_secret_is_hidden(form):
    assert redact(f"APIKey={form}&x=1", [KEY]) == f"APIKey={REDACTED}&x=1"


def test_secret_with_quotes_is_hidden_in_json_and_html():
    key = 'a"b<c'
    assert redact('{"k": "a\\"b<c"}', [key]) == f'{{"k": "{REDACTED}"}}'
    assert redact("a&quot;b&lt;c", [key]) == REDACTED


def test_no_secret_changes_nothing():
    assert redact("plain", ["", ""]) == "plain"


def test_longer_secret_goes_first():
    assert redact("abcdef abc", ["abc", "abcdef"]) == f"{REDACTED} {REDACTED}"


@given(st.text(min_size=4), st.text(), st.text())
def test_secret_never_survives(secret, before, after):
    cleaned = redact(before + secret + after, [secret])
    assert secret not in cleaned or secret in REDACTED


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+33612345678", "+33612****78"),
        ("919876543210", "91987*****10"),
        ("+123", "+***"),
        ("", ""),
    ],
)
def test_number_keeps_its_ends_only(number, masked):
    assert mask_number(number) == masked
