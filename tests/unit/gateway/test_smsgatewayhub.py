"""The platform's client: what it asks, and what it makes of the answers."""

import json
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from gateway.contract import FakeCarrier
from gateway.errors import Rejected, UnreadableReply
from gateway.exchange import HttpResponse
from gateway.messages import Account, Envelope, OutboundSms
from gateway.providers.smsgatewayhub import SmsGatewayHubClient
from gateway.providers.smsgatewayhub.profiles import PROFILES
from gateway.vocabulary import Encoding, ErrorClass, Outcome, ReportState
from hypothesis import given
from hypothesis import strategies as st

FIXTURES = Path(__file__).parent / "fixtures" / "smsgatewayhub"
NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
MESSAGES = tuple(
    OutboundSms(f"r{n}", f"+91987654321{n}", f"Text {n}", f"17071600000000000{n:02d}")
    for n in range(3)
)
ENVELOPE = Envelope(
    "HUBTST",
    "transactional",
    Encoding.GSM7,
    route="11",
    entity_id="1701160000000000001",
)
FOREIGN = OutboundSms("f", "+33612345678", "Bonjour", "1707160000000000099")


def reply(name):
    """Return a recorded reply."""
    recorded = json.loads((FIXTURES / f"{name}.json").read_text())
    body = recorded["body"]
    text = body if isinstance(body, str) else json.dumps(body)
    return HttpResponse(recorded["status"], text.encode(), recorded.get("headers", {}))


def client(*answers, profile="", **options):
    """Return a client that gets these answers."""
    account = Account("the-key", "", profile=profile, options=options)
    return SmsGatewayHubClient(account, FakeCarrier(*answers))


def send(answer, messages=MESSAGES[:1], **options):
    """Hand messages over and return the reply."""
    return client(answer, **options).send(ENVELOPE, messages)


def request_of(messages, envelope=ENVELOPE, **options):
    """Return the request that messages make."""
    sender = client(HttpResponse(500), **options)
    sender.send(envelope, messages)
    (request,) = sender.transport.requests
    return request


# === REQUESTS ===


def test_one_message_is_a_form_with_the_key_in_its_body():
    request = request_of(MESSAGES[:1])
    assert (request.method, request.path) == ("POST", "/api/mt/SendSMS")
    assert not request.params
    assert request.json is None
    assert request.form == {
        "APIKey": "the-key",
        "senderid": "HUBTST",
        "channel": "2",
        "DCS": "0",
        "flashsms": "0",
        "number": "919876543210",
        "text": "Text 0",
        "route": "11",
        "EntityId": "1701160000000000001",
        "dlttemplateid": "1707160000000000000",
    }


def test_several_messages_are_json_with_the_key_in_its_body():
    request = request_of(MESSAGES[:2])
    assert (request.method, request.path) == ("POST", "/api/mt/SendSMS")
    assert not request.params
    assert request.form is None
    assert request.json == {
        "Account": {
            "APIKey": "the-key",
            "SenderId": "HUBTST",
            "Channel": "2",
            "DCS": "0",
            "FlashSms": "0",
            "Route": "11",
            "EntityId": "1701160000000000001",
        },
        "Messages": [
            {
                "Number": "919876543210",
                "Text": "Text 0",
                "DLTTemplateId": "1707160000000000000",
            },
            {
                "Number": "919876543211",
                "Text": "Text 1",
                "DLTTemplateId": "1707160000000000001",
            },
        ],
    }


@pytest.mark.parametrize(
    ("purpose", "channel"),
    [
        ("marketing", "1"),
        ("transactional", "2"),
        ("notice", "2"),
        ("test", "2"),
        ("otp", "OTP"),
    ],
)
def test_purpose_chooses_the_channel(purpose, channel):
    envelope = Envelope("HUBTST", purpose, Encoding.GSM7)
    assert request_of(MESSAGES[:1], envelope).form["channel"] == channel


@pytest.mark.parametrize(
    ("options", "channel", "registered"),
    [
        ({}, "INT", False),
        ({"home_country_code": "33"}, "2", True),
        ({"home_country_code": "+33"}, "2", True),
        ({"international_channel": ""}, "2", True),
        ({"international_channel": "World"}, "World", False),
        ({"channel": "Trans"}, "Trans", True),
        ({"channel": "INT"}, "INT", False),
        ({"profile": "pertinax"}, "Trans", True),
    ],
)
def test_foreign_number_goes_by_the_international_channel(options, channel, registered):
    form = request_of([FOREIGN], **options).form
    assert form["channel"] == channel
    assert ("EntityId" in form) == ("dlttemplateid" in form) == registered


def test_foreign_and_home_numbers_share_no_request():
    sender = client()
    assert sender.batch_key(ENVELOPE, FOREIGN) != sender.batch_key(
        ENVELOPE, MESSAGES[0]
    )
    without = client(international_channel="")
    assert without.batch_key(ENVELOPE, FOREIGN) == without.batch_key(
        ENVELOPE, MESSAGES[0]
    )


@pytest.mark.parametrize(
    ("text", "encoding", "coding"),
    [
        ("Hello", Encoding.GSM7, "0"),
        ("Hello", Encoding.UCS2, "8"),
        ("नमस्ते", Encoding.UCS2, "8"),
        ("नमस्ते", Encoding.GSM7, "8"),
    ],
)
def test_alphabet_is_wide_enough_for_the_text(text, encoding, coding):
    envelope = Envelope("HUBTST", "otp", encoding)
    plain = OutboundSms("p", "+919876543219", "plain")
    message = OutboundSms("r", "+919876543210", text)
    assert request_of([message], envelope).form["DCS"] == coding
    assert request_of([plain, message], envelope).json["Account"]["DCS"] == coding


def test_flash_is_a_digit():
    envelope = Envelope("HUBTST", "otp", Encoding.GSM7, flash=True)
    assert request_of(MESSAGES[:1], envelope).form["flashsms"] == "1"
    assert request_of(MESSAGES[:2], envelope).json["Account"]["FlashSms"] == "1"


def test_empty_fields_are_left_out():
    form = request_of([FOREIGN], Envelope("HUBTST", "otp", Encoding.GSM7)).form
    assert set(form) == {
        "APIKey",
        "senderid",
        "channel",
        "DCS",
        "flashsms",
        "number",
        "text",
    }


def test_route_of_the_account_fills_in_for_the_envelopes():
    envelope = Envelope("HUBTST", "otp", Encoding.GSM7)
    assert request_of(MESSAGES[:1], envelope, route="7").form["route"] == "7"
    assert request_of(MESSAGES[:1], route="7").form["route"] == "11"


@pytest.mark.parametrize(
    ("profile", "entity", "template"),
    [
        ("", "EntityId", "dlttemplateid"),
        ("smsindiahub", "PEId", "DLTTemplateId"),
        ("generic", "PEID", "DLTTemplateId"),
        ("a host of the future", "EntityId", "dlttemplateid"),
    ],
)
def test_profile_spells_the_fields(profile, entity, template):
    form = request_of(MESSAGES[:1], profile=profile).form
    assert {entity, template} <= set(form)


@pytest.mark.parametrize("code", PROFILES)
def test_profile_has_an_address_unless_it_is_generic(code):
    url = SmsGatewayHubClient.default_base_url(code)
    assert url.startswith("https://") or (code == "generic" and not url)
    assert client(profile=code).account.base_url == url


def test_questions_carry_the_key_and_nothing_else():
    asking = client(reply("reports"), reply("balance"), reply("senders"))
    asking.fetch_reports("1290457", NOW)
    asking.fetch_balance()
    asking.fetch_senders()
    assert [
        (request.method, request.path, dict(request.params))
        for request in asking.transport.requests
    ] == [
        ("GET", "/api/mt/GetDelivery", {"APIKey": "the-key", "jobid": "1290457"}),
        ("GET", "/api/mt/GetBalance", {"APIKey": "the-key"}),
        ("GET", "/api/mt/GetSenderId", {"APIKey": "the-key"}),
    ]


# === ANSWERS TO SENDING ===


@pytest.mark.parametrize(
    "name", ["accepted_one", "accepted_code_as_number", "accepted_code_one_digit"]
)
def test_success_is_read_in_every_spelling(name):
    answer = send(reply(name))
    assert answer.request_id == "1290457"
    assert answer.results[0].outcome is Outcome.ACCEPTED
    assert answer.results[0].message_id == "Xq3TnVb0aEmJ4hZ_2wPk7g"


@pytest.mark.parametrize(
    "name",
    ["accepted_many", "accepted_many_other_order", "accepted_national_numbers"],
)
def test_ids_go_to_their_numbers(name):
    assert [result.message_id for result in send(reply(name), MESSAGES).results] == [
        "Xq3TnVb0aEmJ4hZ_2wPk7g",
        "b9RlK-5sU0yFcD8oWtYi1Q",
        "mH6zVJp2LkGx4eNfA7uS0w",
    ]


def test_number_without_country_code_must_mean_one_message():
    twins = [
        OutboundSms("in", "+919876543210", "Text"),
        OutboundSms("us", "+19876543210", "Text"),
    ]
    body = {
        "ErrorCode": "000",
        "JobId": "1",
        "MessageData": [{"Number": "9876543210", "MessageId": "m"}],
    }
    answer = send(HttpResponse(200, json.dumps(body).encode()), twins)
    assert {result.outcome for result in answer.results} == {Outcome.UNKNOWN}


@pytest.mark.parametrize(
    "name",
    [
        "accepted_without_entries",
        "accepted_with_nulls",
        "accepted_without_message_id",
        "missing_code",
    ],
)
def test_success_without_evidence_is_unknown_but_keeps_the_job(name):
    answer = send(reply(name))
    assert answer.results[0].outcome is Outcome.UNKNOWN
    assert answer.results[0].message_id == ""
    assert answer.request_id == "1290457"


def test_id_beside_an_error_is_evidence_and_the_rest_stays_open():
    answer = send(reply("contradiction"), MESSAGES)
    assert [result.outcome for result in answer.results] == [
        Outcome.ACCEPTED,
        Outcome.UNKNOWN,
        Outcome.UNKNOWN,
    ]
    assert answer.results[1].code == "13"


@pytest.mark.parametrize(
    ("name", "outcome", "error_class", "code"),
    [
        ("rejected_one", Outcome.REJECTED, ErrorClass.NUMBER, "13"),
        ("rejected_key", Outcome.RETRYABLE, ErrorClass.ACCOUNT, "7"),
        ("rejected_ip", Outcome.RETRYABLE, ErrorClass.ACCOUNT, "10"),
        ("rejected_credit", Outcome.RETRYABLE, ErrorClass.ACCOUNT, "21"),
        ("rejected_template", Outcome.REJECTED, ErrorClass.CONTENT, "6"),
        ("rejected_sender", Outcome.REJECTED, ErrorClass.SENDER, "6"),
        ("rejected_general", Outcome.REJECTED, ErrorClass.REQUEST, "6"),
        ("rejected_template_code", Outcome.REJECTED, ErrorClass.CONTENT, "24"),
        ("rejected_consent", Outcome.REJECTED, ErrorClass.CONSENT, "27"),
        ("rejected_unlisted", Outcome.REJECTED, ErrorClass.REQUEST, "999"),
        ("html_page", Outcome.RETRYABLE, ErrorClass.ACCOUNT, "HTTP 403"),
    ],
)
def test_refusal_is_sorted(name, outcome, error_class, code):
    (result,) = send(reply(name)).results
    assert (result.outcome, result.error_class) == (outcome, error_class)
    assert result.code == code
    assert result.sentence.endswith(".") or ":" in result.sentence
    assert not result.alone


def test_ip_restriction_says_what_to_do():
    (result,) = send(reply("rejected_ip")).results
    assert "allow its IP address" in result.sentence


@pytest.mark.parametrize(
    ("name", "alone", "outcome"),
    [
        ("rejected_one", True, Outcome.RETRYABLE),
        ("rejected_template", True, Outcome.RETRYABLE),
        ("rejected_sender", False, Outcome.REJECTED),
        ("rejected_key", False, Outcome.RETRYABLE),
    ],
)
def test_one_message_s_fault_does_not_fail_its_neighbours(name, alone, outcome):
    results = send(reply(name), MESSAGES).results
    assert {(result.alone, result.outcome) for result in results} == {(alone, outcome)}


def test_client_error_with_the_platforms_words_is_read():
    refused = reply("rejected_sender")
    answer = send(HttpResponse(400, refused.body))
    assert answer.results[0].error_class is ErrorClass.SENDER


# === ANSWERS TO QUESTIONS ===


def test_reports_are_sorted_and_dated():
    delivered, failed, waiting = client(reply("reports")).fetch_reports("1290457", NOW)
    assert delivered.state is ReportState.DELIVERED
    assert delivered.occurred_at == datetime(2025, 1, 11, 0, 47, tzinfo=timezone.utc)
    assert delivered.request_id == "1290457"
    assert (failed.state, failed.error_class) == (
        ReportState.FAILED,
        ErrorClass.NETWORK,
    )
    assert (waiting.state, waiting.occurred_at) == (ReportState.ACCEPTED, None)


def test_no_report_yet_is_no_error():
    assert client(reply("reports_empty")).fetch_reports("1290457", NOW) == ()


def test_unknown_job_is_refused():
    with pytest.raises(Rejected) as caught:
        client(reply("reports_job_unknown")).fetch_reports("1", NOW)
    assert caught.value.code == "22"


def test_reports_without_any_code_are_read_by_their_list():
    body = b'{"DeliveryReports": [{"MessageId": "m", "DeliveryStatus": "DELIVRD"}]}'
    (report,) = client(HttpResponse(200, body)).fetch_reports("1", NOW)
    assert report.state is ReportState.DELIVERED


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("balance", {"Promo": Decimal(0), "Trans": Decimal(23)}),
        (
            "balance_more_parts",
            {"Promo": Decimal("1200.50"), "Trans": Decimal(23), "OTP": "unlimited"},
        ),
    ],
)
def test_balance_is_read_by_name(name, parts):
    assert client(reply(name)).fetch_balance().parts == parts


@pytest.mark.parametrize("balance", [None, "", "23", ":", [], 5, "NaN"])
def test_odd_balance_is_unreadable(balance):
    body = json.dumps({"ErrorCode": "0", "Balance": balance}).encode()
    with pytest.raises(UnreadableReply):
        client(HttpResponse(200, body)).fetch_balance()


def test_senders_carry_their_state():
    active, pending = client(reply("senders")).fetch_senders()
    assert (active.name, active.active) == ("HUBTST", True)
    assert (pending.name, pending.active, pending.raw_status) == (
        "HUBNEW",
        False,
        "Pending",
    )


# === ANYTHING AT ALL ===

FIELD = st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats()
ENTRY = FIELD | st.dictionaries(st.sampled_from(["Number", "MessageId"]), FIELD)
ANSWER = st.dictionaries(
    st.sampled_from(["ErrorCode", "ErrorMessage", "JobId", "MessageData"]),
    FIELD | st.lists(ENTRY, max_size=5),
)


@given(ANSWER | FIELD, st.sampled_from([200, 204, 302, 400, 429, 500, 503]))
def test_any_answer_gives_one_result_each(answer, status):
    body = json.dumps(answer).encode()
    reply_of_any = send(HttpResponse(status, body), MESSAGES)
    assert [result.reference for result in reply_of_any.results] == ["r0", "r1", "r2"]
    for result in reply_of_any.results:
        assert (result.outcome is Outcome.ACCEPTED) == bool(result.message_id)


@given(st.binary(max_size=100))
def test_any_bytes_are_never_taken_for_acceptance(body):
    results = send(HttpResponse(200, body), MESSAGES).results
    assert {result.outcome for result in results} == {Outcome.UNKNOWN}


@given(st.integers(min_value=0))
def test_any_cut_of_an_acceptance_is_unknown(position):
    whole = reply("accepted_many").body
    cut = whole[: position % len(whole)]
    results = send(HttpResponse(200, cut), MESSAGES).results
    assert {result.outcome for result in results} == {Outcome.UNKNOWN}
