"""Pushed events, as the platform's example has them and as accounts differ."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from gateway.errors import PayloadError
from gateway.events import StatusMeaning, parse_time, read_event
from gateway.messages import Account, DeliveryReport, InboundSms
from gateway.providers.smsgatewayhub import SmsGatewayHubClient
from gateway.vocabulary import ErrorClass, EventKind, ReportState
from hypothesis import given
from hypothesis import strategies as st

FIXTURES = Path(__file__).parent / "fixtures" / "smsgatewayhub"
INDIA = timezone(timedelta(hours=5, minutes=30))
UTC = timezone.utc
JSON = "application/json"


def fixture_event(name):
    """Return the body of a recorded push."""
    return json.loads((FIXTURES / f"{name}.json").read_text())["body"]


def meaning_of(words):
    """Sort a word the way a provider would."""
    state = {"ok": ReportState.DELIVERED}.get(words, ReportState.UNKNOWN)
    return StatusMeaning(state)


@pytest.fixture
def client():
    """Return a client that is only asked to read."""
    return SmsGatewayHubClient(Account("key", ""), transport=None)


def test_example_report_works_as_it_stands(client):
    body = json.dumps(fixture_event("event_dlr")).encode()
    (event,) = client.parse_events(JSON, body, {}, {}).events
    assert event == DeliveryReport(
        message_id="Xq3TnVb0aEmJ4hZ_2wPk7g",
        state=ReportState.DELIVERED,
        raw_status="Delivered",
        number="+919876543210",
        occurred_at=datetime(2025, 1, 11, 0, 47, tzinfo=UTC),
        metadata={"crm_contact_id": 42, "campaign_id": "summer"},
    )


def test_example_inbound_works_as_it_stands(client):
    body = json.dumps(fixture_event("event_inbound")).encode()
    (event,) = client.parse_events(JSON, body, {}, {}).events
    assert event == InboundSms(
        message_id="in-1",
        from_number="919876543210",
        to_number="56161",
        text="STOP please",
        occurred_at=datetime(2025, 1, 11, 0, 50, tzinfo=UTC),
    )


def test_one_bad_event_does_not_spoil_the_others(client):
    body = json.dumps([fixture_event("event_dlr"), {"type": "fax"}, {}]).encode()
    parsed = client.parse_events(JSON, body, {}, {})
    assert [event.kind for event in parsed.events] == [EventKind.DLR]
    assert len(parsed.refused) == 2


def test_form_and_query_are_read_like_json(client):
    form = b"message_id=m1&status=Delivered&to=919876543210"
    by_form = client.parse_events("application/x-www-form-urlencoded", form, {}, {})
    query = {"message_id": "m1", "status": "Delivered", "to": "919876543210"}
    by_query = client.parse_events("", b"", query, {})
    assert by_form == by_query
    assert by_form.events[0].state is ReportState.DELIVERED


def test_field_map_renames_and_reaches_inside():
    item = {"msgid": "m1", "report": {"word": "ok"}, "a.b": "919876543210"}
    event = read_event(
        item,
        {"message_id": "msgid", "status": "report.word", "to": "a.b"},
        meaning_of,
    )
    assert (event.message_id, event.state) == ("m1", ReportState.DELIVERED)
    assert event.number == "919876543210"


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"type": "DLR", "message_id": "1", "status": "ok"}, EventKind.DLR),
        ({"message_id": "1", "status": "ok"}, EventKind.DLR),
        ({"message_id": "1", "status": "ok", "text": "sent text"}, EventKind.DLR),
        ({"type": "Inbound", "from": "91", "status": "received"}, EventKind.INBOUND),
        ({"from": "919876543210", "text": "hello"}, EventKind.INBOUND),
        ({"type": "inbound", "from": 919876543210, "text": ""}, EventKind.INBOUND),
    ],
)
def test_kind_is_recognised(item, kind):
    assert read_event(item, {}, meaning_of).kind is kind


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"type": "call", "message_id": "1", "status": "ok"},
        {"type": "dlr", "status": "ok"},
        {"type": "dlr", "message_id": {"x": 1}, "status": "ok"},
        {"type": "inbound", "text": "hello"},
        {"from": "91", "text": ["hello"]},
        {"type": ["dlr"], "metadata": 5},
    ],
)
def test_what_is_no_event_is_refused(item):
    with pytest.raises(PayloadError):
        read_event(item, {}, meaning_of)


def test_text_of_a_person_keeps_its_spaces():
    event = read_event({"from": "91", "text": "  stop \n"}, {}, meaning_of)
    assert event.text == "  stop \n"


def test_error_code_of_an_event_is_sorted_with_its_word(client):
    body = b'{"message_id": "1", "status": "Failed", "error_code": 650}'
    (event,) = client.parse_events(JSON, body, {}, {}).events
    assert event.error_class is ErrorClass.CONSENT
    assert (event.raw_status, event.error_code) == ("Failed", "650")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-01-11T06:17:00", datetime(2025, 1, 11, 0, 47, tzinfo=UTC)),
        ("2025-01-11 06:17", datetime(2025, 1, 11, 0, 47, tzinfo=UTC)),
        ("2025-01-11T06:17:00Z", datetime(2025, 1, 11, 6, 17, tzinfo=UTC)),
        ("2025-01-11T06:17:00+0200", datetime(2025, 1, 11, 4, 17, tzinfo=UTC)),
        ("2025-01-11T06:17:00-05:00", datetime(2025, 1, 11, 11, 17, tzinfo=UTC)),
        (
            "2025-01-11T06:17:00.1234567Z",
            datetime(2025, 1, 11, 6, 17, 0, 123456, tzinfo=UTC),
        ),
        (1736576220, datetime(2025, 1, 11, 6, 17, tzinfo=UTC)),
        ("1736576220", datetime(2025, 1, 11, 6, 17, tzinfo=UTC)),
        (1736576220000, datetime(2025, 1, 11, 6, 17, tzinfo=UTC)),
        ("yesterday", None),
        ("2025-13-45T99:99:99", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2025-01-11T06:17:00+99:99", None),
        ("", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
)
def test_times_become_utc(value, expected):
    assert parse_time(value, INDIA) == expected


@given(
    st.dictionaries(
        st.sampled_from(
            ["type", "message_id", "status", "from", "to", "text", "delivered_at"]
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.lists(st.text()),
    )
)
def test_no_event_raises_anything_else(item):
    try:
        event = read_event(item, {}, meaning_of, INDIA)
    except PayloadError as err:
        assert err.message
    else:
        assert event.occurred_at is None or event.occurred_at.tzinfo is UTC
