"""The platform's codes and status words."""

import pytest
from gateway.providers.smsgatewayhub.vocabulary import (
    OPERATION_CODES,
    meaning_of_code,
    meaning_of_status,
    normalise_code,
)
from gateway.vocabulary import ErrorClass, ReportState
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("000", "0"),
        ("0", "0"),
        (0, "0"),
        ("007", "7"),
        ("7", "7"),
        (7, "7"),
        ("007 ", "7"),
        ("021", "21"),
        ("", ""),
        ("  ", ""),
        (None, ""),
        (True, ""),
        (False, ""),
        ([], ""),
        (0.0, ""),
    ],
)
def test_code_loses_its_padding(raw, code):
    assert normalise_code(raw) == code


def test_every_documented_code_is_known():
    assert set(OPERATION_CODES) == {str(number) for number in range(1, 37)}


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        ("600", ErrorClass.SENDER),
        ("613", ErrorClass.SENDER),
        ("621", ErrorClass.SENDER),
        ("633", ErrorClass.CONTENT),
        ("642", ErrorClass.CONTENT),
        ("650", ErrorClass.CONSENT),
        ("651", ErrorClass.POLICY),
        ("660", ErrorClass.CONSENT),
        ("701", ErrorClass.CONTENT),
        ("812", ErrorClass.SENDER),
        ("5601", ErrorClass.SENDER),
        ("1025", ErrorClass.REQUEST),
        ("x", ErrorClass.REQUEST),
    ],
)
def test_register_codes_are_sorted(code, error_class):
    assert meaning_of_code(code, "").error_class is error_class


@pytest.mark.parametrize(
    ("words", "state", "error_class"),
    [
        ("Delivered", ReportState.DELIVERED, None),
        ("DELIVRD", ReportState.DELIVERED, None),
        ("#DELIVRD", ReportState.DELIVERED, None),
        ("Delivered 650", ReportState.DELIVERED, None),
        ("Undelivered", ReportState.FAILED, ErrorClass.NETWORK),
        ("UNDELIV", ReportState.FAILED, ErrorClass.NETWORK),
        ("Not delivered", ReportState.FAILED, ErrorClass.NETWORK),
        ("not_delivered", ReportState.FAILED, ErrorClass.NETWORK),
        ("Failed", ReportState.FAILED, ErrorClass.NETWORK),
        ("REJECTD", ReportState.FAILED, ErrorClass.POLICY),
        ("NDNC", ReportState.FAILED, ErrorClass.CONSENT),
        ("NCPR Fail", ReportState.FAILED, ErrorClass.CONSENT),
        ("DND", ReportState.FAILED, ErrorClass.CONSENT),
        ("Blocked by DND filter", ReportState.FAILED, ErrorClass.CONSENT),
        ("Failed: 633", ReportState.FAILED, ErrorClass.CONTENT),
        ("650", ReportState.FAILED, ErrorClass.CONSENT),
        ("Absent Subscriber", ReportState.FAILED, ErrorClass.HANDSET),
        ("Consent failure", ReportState.FAILED, ErrorClass.CONSENT),
        ("Not sent", ReportState.FAILED, ErrorClass.NETWORK),
        ("Expired", ReportState.EXPIRED, ErrorClass.HANDSET),
        ("EXPIRED", ReportState.EXPIRED, ErrorClass.HANDSET),
        ("Sent", ReportState.ACCEPTED, None),
        ("Message in queue", ReportState.ACCEPTED, None),
        ("Submitted to carrier", ReportState.ACCEPTED, None),
        ("Submitted", ReportState.ACCEPTED, None),
        ("Pending", ReportState.ACCEPTED, None),
        ("Partially delivered", ReportState.ACCEPTED, None),
        ("Yet to be delivered", ReportState.ACCEPTED, None),
        ("Teleported", ReportState.UNKNOWN, None),
        ("UNKNOWN", ReportState.UNKNOWN, None),
        ("", ReportState.UNKNOWN, None),
    ],
)
def test_status_words_are_sorted(words, state, error_class):
    meaning = meaning_of_status(words)
    assert (meaning.state, meaning.error_class) == (state, error_class)


@given(st.text())
def test_any_words_have_a_meaning(words):
    meaning = meaning_of_status(words)
    failed = meaning.state in {ReportState.FAILED, ReportState.EXPIRED}
    assert (meaning.error_class is not None) == failed
    assert bool(meaning.sentence) == failed
