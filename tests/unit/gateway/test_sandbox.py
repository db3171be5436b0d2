"""The table of the sandbox's docstring, line by line."""

from datetime import datetime, timedelta, timezone

import pytest
from gateway.errors import Rejected
from gateway.messages import Account, Envelope, OutboundSms
from gateway.providers.sandbox import SandboxClient
from gateway.vocabulary import Encoding, ErrorClass, Outcome, ReportState

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=timezone.utc)
ENVELOPE = Envelope("SANDBOX", "transactional", Encoding.GSM7)


@pytest.fixture
def client():
    """Return a sandbox whose reports take ten seconds."""
    account = Account("", "", options={"delivery_seconds": "10"})
    return SandboxClient(account, clock=lambda: NOW)


def message(ending, reference="r"):
    """Return a message to a number that ends so."""
    return OutboundSms(f"{reference}-{ending}", f"+9198765432{ending}", "Text")


@pytest.mark.parametrize(
    ("ending", "outcome", "error_class"),
    [
        ("01", Outcome.REJECTED, ErrorClass.NUMBER),
        ("02", Outcome.REJECTED, ErrorClass.SENDER),
        ("03", Outcome.RETRYABLE, ErrorClass.ACCOUNT),
        ("04", Outcome.RETRYABLE, ErrorClass.THROTTLE),
        ("05", Outcome.UNKNOWN, ErrorClass.UNKNOWN_OUTCOME),
        ("06", Outcome.ACCEPTED, None),
        ("07", Outcome.ACCEPTED, None),
        ("08", Outcome.ACCEPTED, None),
        ("99", Outcome.ACCEPTED, None),
    ],
)
def test_ending_chooses_the_outcome(client, ending, outcome, error_class):
    (result,) = client.send(ENVELOPE, [message(ending)]).results
    assert (result.outcome, result.error_class) == (outcome, error_class)
    assert bool(result.message_id) == (outcome is Outcome.ACCEPTED)
    assert bool(result.sentence) == (outcome is not Outcome.ACCEPTED)


def test_throttled_message_is_told_how_long_to_wait(client):
    (result,) = client.send(ENVELOPE, [message("04")]).results
    assert result.retry_after == 30.0


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        ("06", ReportState.FAILED),
        ("07", ReportState.EXPIRED),
        ("99", ReportState.DELIVERED),
    ],
)
def test_report_comes_in_its_time(client, ending, state):
    reply = client.send(ENVELOPE, [message(ending)])
    (early,) = client.fetch_reports(reply.request_id, NOW + timedelta(seconds=9))
    (late,) = client.fetch_reports(reply.request_id, NOW + timedelta(seconds=10))
    assert (early.state, late.state) == (ReportState.ACCEPTED, state)
    assert early.message_id == late.message_id == reply.results[0].message_id
    assert late.occurred_at == NOW + timedelta(seconds=10)


def test_some_messages_never_get_a_report(client):
    reply = client.send(ENVELOPE, [message(e) for e in ("01", "05", "08")])
    assert client.fetch_reports(reply.request_id, NOW + timedelta(days=9)) == ()


def test_batch_is_answered_message_by_message(client):
    reply = client.send(ENVELOPE, [message(e) for e in ("01", "10", "06")])
    reports = client.fetch_reports(reply.request_id, NOW + timedelta(days=1))
    assert [report.message_id for report in reports] == [
        result.message_id for result in reply.results if result.message_id
    ]
    assert [report.state for report in reports] == [
        ReportState.DELIVERED,
        ReportState.FAILED,
    ]


def test_another_client_knows_the_same_reports(client):
    reply = client.send(ENVELOPE, [message("10")])
    another = SandboxClient(Account("", ""))
    later = NOW + timedelta(minutes=1)
    assert another.fetch_reports(reply.request_id, later) == client.fetch_reports(
        reply.request_id, later
    )


def test_requests_have_ids_of_their_own(client):
    ids = {
        client.send(ENVELOPE, [message("10", reference)]).results[0].message_id
        for reference in ("a", "b", "c")
    }
    assert len(ids) == 3


@pytest.mark.parametrize("request_id", ["", "sandbox-1", "sandbox-1-1-zz-10"])
def test_strange_request_is_refused(client, request_id):
    with pytest.raises(Rejected):
        client.fetch_reports(request_id, NOW)


def test_unreadable_delay_falls_back_to_the_usual():
    account = Account("", "", options={"delivery_seconds": "soon"})
    client = SandboxClient(account, clock=lambda: NOW)
    reply = client.send(ENVELOPE, [message("10")])
    (report,) = client.fetch_reports(reply.request_id, NOW + timedelta(seconds=3))
    assert report.state is ReportState.DELIVERED


def test_account_questions_have_answers(client):
    assert client.fetch_balance().parts
    assert [sender.active for sender in client.fetch_senders()] == [True]
