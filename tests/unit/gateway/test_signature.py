"""Who may call the webhook."""

import base64
from datetime import datetime, timedelta, timezone

import pytest
from gateway.errors import SignatureError
from gateway.signature import sign, verify
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=timezone.utc)
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes....").decode()
OTHER = "whsec_" + base64.b64encode(b"the secret before that one......").decode()
BODY = b'{"type": "dlr"}'


def headers(secret=SECRET, at=NOW, body=BODY, message_id="msg_1"):
    """Return the headers of a signed call."""
    timestamp = int(at.timestamp())
    return {
        "Webhook-Id": message_id,
        "webhook-timestamp": str(timestamp),
        "WEBHOOK-SIGNATURE": sign(secret, message_id, timestamp, body),
    }


def test_published_example_verifies():
    # The example of the Standard Webhooks specification and its libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    given_headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    now = datetime.fromtimestamp(1614265330, timezone.utc)
    assert verify([secret], given_headers, body, now) is None


@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET], [SECRET, OTHER]])
def test_any_live_secret_is_accepted(secrets):
    assert verify(secrets, headers(), BODY, NOW) is None


def test_secret_without_marker_is_taken_as_it_stands():
    assert verify(["plain words"], headers("plain words"), BODY, NOW) is None


def test_one_of_several_signatures_is_enough():
    several = headers()
    several["WEBHOOK-SIGNATURE"] = (
        "v1a,AAAA v1,not-base64! v1,AAAA " + several["WEBHOOK-SIGNATURE"]
    )
    assert verify([SECRET], several, BODY, NOW) is None


@pytest.mark.parametrize("seconds", [-301, 301, -86400, 86400])
def test_old_and_future_calls_are_refused(seconds):
    stale = headers(at=NOW + timedelta(seconds=seconds))
    with pytest.raises(SignatureError, match="too old or from the future"):
        verify([SECRET], stale, BODY, NOW)


@pytest.mark.parametrize("seconds", [-299, 0, 299])
def test_calls_within_the_tolerance_are_accepted(seconds):
    recent = headers(at=NOW + timedelta(seconds=seconds))
    assert verify([SECRET], recent, BODY, NOW) is None


@pytest.mark.parametrize(
    "missing", ["Webhook-Id", "webhook-timestamp", "WEBHOOK-SIGNATURE"]
)
def test_missing_header_is_refused(missing):
    partial = {name: value for name, value in headers().items() if name != missing}
    with pytest.raises(SignatureError):
        verify([SECRET], partial, BODY, NOW)


@pytest.mark.parametrize(
    "secrets", [[], [""], ["whsec_"], ["whsec_***"]], ids=["none", "", "bare", "broken"]
)
def test_no_usable_secret_closes_the_door(secrets):
    with pytest.raises(SignatureError):
        verify(secrets, headers(), BODY, NOW)


def test_broken_secret_does_not_lock_out_a_good_one():
    assert verify(["whsec_***", SECRET], headers(), BODY, NOW) is None


@pytest.mark.parametrize("timestamp", ["", "x", "1e9", "-5", "٣", "9" * 20, "1.5"])
def test_odd_timestamps_are_refused(timestamp):
    odd = {**headers(), "webhook-timestamp": timestamp}
    with pytest.raises(SignatureError):
        verify([SECRET], odd, BODY, NOW)


@given(body=st.binary(max_size=50), signature=st.text(max_size=80))
def test_nothing_made_up_is_accepted(body, signature):
    forged = {**headers(), "WEBHOOK-SIGNATURE": signature}
    with pytest.raises(SignatureError):
        verify([SECRET], forged, body, NOW)


@given(body=st.binary(max_size=50))
def test_signature_holds_for_its_own_body_only(body):
    signed = headers(body=body)
    assert verify([SECRET], signed, body, NOW) is None
    with pytest.raises(SignatureError):
        verify([SECRET], signed, body + b" ", NOW)
