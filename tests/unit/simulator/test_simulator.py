"""The simulator is a platform one can believe."""

import base64
import hashlib
import hmac
import http.client
import json
import subprocess
import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from gateway.signature import verify
from simulator import Simulator
from simulator.faults import MIXED

FORM = "application/x-www-form-urlencoded"
SECRET = "whsec_" + base64.b64encode(b"simulator").decode()


@pytest.fixture
def simulator(tmp_path):
    """Return a running simulator whose reports are final at once."""
    with Simulator(log=tmp_path / "log.jsonl", dlr_after=0) as running:
        yield running


def call(simulator, method, path, body=b"", content_type=FORM):
    """Return status and body of a call."""
    parts = urlsplit(simulator.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    try:
        connection.request(method, path, body, {"Content-Type": content_type})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def send(simulator, number="919876543210", **more):
    """Send one text by form and return the answer's fields."""
    fields = {
        "APIKey": "sim-key",
        "senderid": "HUBTST",
        "channel": "2",
        "number": number,
        "text": "Hello",
        **more,
    }
    body = urlencode(fields).encode()
    return json.loads(call(simulator, "POST", "/api/mt/SendSMS", body)[1])


def ask(simulator, path, **fields):
    """Ask a question and return the answer's fields."""
    query = urlencode({"APIKey": "sim-key", **fields})
    return json.loads(call(simulator, "GET", f"/api/mt/{path}?{query}")[1])


def eventually(condition):
    """Wait for something that another thread does."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# === THE DIALECT ===


def test_form_query_and_json_say_the_same(simulator):
    send(simulator)
    ask(simulator, "SendSMS", senderid="HUBTST", number="919876543211", text="Hello")
    body = {
        "Account": {"APIKey": "sim-key", "SenderId": "HUBTST"},
        "Messages": [{"Number": "919876543212", "Text": "Hello"}],
    }
    call(
        simulator,
        "POST",
        "/api/mt/SendSMS",
        json.dumps(body).encode(),
        "application/json",
    )
    entries = simulator.accepted()
    assert [entry["number"][-1] for entry in entries] == ["0", "1", "2"]
    assert {(entry["text"], entry["sender"]) for entry in entries} == {
        ("Hello", "HUBTST")
    }
    assert [entry["request_no"] for entry in entries] == [1, 2, 3]


def test_one_text_goes_to_several_numbers(simulator):
    answer = send(simulator, "919876543210,919876543211")
    assert answer["ErrorCode"] == "000"
    assert [entry["Number"] for entry in answer["MessageData"]] == [
        "919876543210",
        "919876543211",
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"APIKey": ""}, "001"),
        ({"APIKey": "wrong"}, "007"),
        ({"senderid": ""}, "003"),
        ({"text": ""}, "004"),
        ({"number": ""}, "005"),
        ({"number": ",".join(["919876543210"] * 101)}, "005"),
        ({"number": "12ab"}, "013"),
        ({"number": "+919876543210"}, "013"),
    ],
)
def test_wrong_request_is_refused_with_status_200(simulator, change, code):
    number = change.pop("number", "919876543210")
    assert send(simulator, number, **change)["ErrorCode"] == code
    assert simulator.accepted() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"Account": {}}', b'{"Messages": 5}']
)
def test_unreadable_json_is_refused(simulator, body):
    status, answer = call(
        simulator, "POST", "/api/mt/SendSMS", body, "application/json"
    )
    assert (status, json.loads(answer)["ErrorCode"]) == (200, "023")


def test_register_ids_are_asked_for_when_told_so(simulator):
    simulator.control(dlt=True)
    assert send(simulator)["ErrorCode"] == "023"
    assert send(simulator, EntityId="1")["ErrorCode"] == "024"
    assert send(simulator, PEID="1", DLTTemplateId="2")["ErrorCode"] == "000"
    assert send(simulator, channel="INT")["ErrorCode"] == "000"


def test_report_turns_final_in_its_time(simulator):
    simulator.control(dlr_after=60)
    job_id = send(simulator)["JobId"]
    (early,) = ask(simulator, "GetDelivery", jobid=job_id)["DeliveryReports"]
    simulator.control(dlr_after=0)
    (late,) = ask(simulator, "GetDelivery", jobid=job_id)["DeliveryReports"]
    assert (early["DeliveryStatus"], late["DeliveryStatus"]) == (
        "Submitted",
        "Delivered",
    )
    assert early["MessageId"] == simulator.accepted()[0]["message_id"]


def test_questions_are_answered(simulator):
    assert ask(simulator, "GetBalance")["Balance"] == "Promo:1000|Trans:1000"
    assert ask(simulator, "GetSenderId")["Data"][0]["Statuss"] == "Active"
    assert ask(simulator, "GetDelivery", jobid="none")["ErrorCode"] == "022"
    assert ask(simulator, "GetBalance", APIKey="wrong")["ErrorCode"] == "007"
    assert call(simulator, "GET", "/nowhere")[0] == 404


# === THE LOG ===


def test_acceptance_is_on_disk_before_the_answer(tmp_path):
    path = tmp_path / "log.jsonl"
    with Simulator(log=path) as simulator:
        answer = send(simulator)
        (line,) = path.read_text().splitlines()
    entry = json.loads(line)
    assert entry["message_id"] == answer["MessageData"][0]["MessageId"]
    assert set(entry) == {
        "at",
        "number",
        "text",
        "sender",
        "job_id",
        "message_id",
        "request_no",
        "report",
    }


def test_log_outlives_the_simulator(tmp_path):
    path = tmp_path / "log.jsonl"
    for _run in range(2):
        with Simulator(log=path) as simulator:
            send(simulator)
    assert len(path.read_text().splitlines()) == 2


def test_a_platform_that_was_killed_remembers_its_jobs(tmp_path):
    path = tmp_path / "log.jsonl"
    rule = {"fault": "report:Undelivered", "match": {"number_suffix": "1"}}
    with Simulator(log=path, dlr_after=0, faults=[rule]) as simulator:
        jobs = [send(simulator, f"91987654321{n}")["JobId"] for n in (0, 1)]
    with Simulator(log=path, dlr_after=0) as simulator:
        assert simulator.stats()["accepted"] == 2
        words = [
            ask(simulator, "GetDelivery", jobid=job)["DeliveryReports"][0]
            for job in jobs
        ]
    assert [one["DeliveryStatus"] for one in words] == ["Delivered", "Undelivered"]


def test_log_and_figures_can_be_read_over_http(simulator):
    send(simulator)
    status, body = call(simulator, "GET", "/_log")
    assert status == 200
    assert json.loads(body) == simulator.accepted()[0]
    stats = json.loads(call(simulator, "GET", "/_stats")[1])
    assert (stats["accepted"], stats["requests"]) == (1, 1)
    assert stats["max_requests_per_second"] == 1


# === STEERING ===


def test_rate_limit_is_kept(simulator):
    simulator.control(rate=5)
    statuses = [call(simulator, "GET", "/api/mt/GetBalance")[0] for _ in range(20)]
    assert statuses.count(200) in (5, 10)
    assert 429 in statuses


@pytest.mark.parametrize(
    "change",
    [
        {"colour": 1},
        {"faults": [{"fault": "explode"}]},
        {"faults": [{"fault": "drip", "match": {"colour": 1}}]},
    ],
)
def test_wrong_setting_is_refused(simulator, change):
    status, words = call(simulator, "POST", "/_control", json.dumps(change).encode())
    assert status == 400
    assert b"There is no" in words
    with pytest.raises(ValueError, match="There is no"):
        simulator.control(**change)


def test_settings_can_be_changed_over_http(simulator):
    rules = {"faults": [{"fault": "reject:021", "times": 1}], "latency_ms": [1, 5]}
    assert call(simulator, "POST", "/_control", json.dumps(rules).encode())[0] == 200
    codes = [send(simulator)["ErrorCode"] for _ in range(2)]
    assert codes == ["021", "000"]
    assert simulator.stats()["faults"] == {"reject:021": 1}


@pytest.mark.parametrize(
    ("rule", "hit"),
    [
        ({"match": {"number_suffix": "3"}}, [3]),
        ({"match": {"text_contains": "no 4"}}, [4]),
        ({"match": {"request_no": 2}}, [2]),
        ({"match": {"every": 2}}, [2, 4, 6]),
        ({"match": {"every": 2}, "times": 2}, [2, 4]),
        ({"match": {"probability": 0}}, []),
        ({"match": {"probability": 1, "number_suffix": "5"}}, [5]),
        ({"times_per_number": 1}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_rule_meets_its_requests(simulator, rule, hit):
    simulator.control(faults=[{"fault": "reject:028", **rule}])
    codes = [
        send(simulator, f"91987654321{n}", text=f"Text no {n}")["ErrorCode"]
        for n in range(1, 7)
    ]
    assert [n for n, code in enumerate(codes, 1) if code == "028"] == hit


def test_chance_is_repeated_by_its_seed(simulator):
    rule = {"fault": "reject:028", "match": {"probability": 0.5, "seed": 7}}
    runs = []
    for _run in range(2):
        simulator.control(faults=[rule])
        runs.append([send(simulator)["ErrorCode"] for _ in range(20)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {"000", "028"}


def test_report_words_are_chosen_by_message(simulator):
    simulator.control(
        faults=[
            {"fault": "report:Undelivered", "match": {"number_suffix": "1"}},
            {"fault": "no_report", "match": {"number_suffix": "2"}},
        ]
    )
    job_id = send(simulator, "919876543210,919876543211,919876543212")["JobId"]
    reports = ask(simulator, "GetDelivery", jobid=job_id)["DeliveryReports"]
    assert [report["DeliveryStatus"] for report in reports] == [
        "Delivered",
        "Undelivered",
    ]


def test_reports_are_chosen_by_the_sender_too(simulator):
    rule = {"fault": "report:Blocked as spam", "match": {"sender": "HUBBAD"}}
    simulator.control(faults=[rule])
    for sender in ("HUBTST", "HUBBAD"):
        send(simulator, senderid=sender)
    words = [entry["report"] for entry in simulator.accepted()]
    assert words == ["Delivered", "Blocked as spam"]


def test_missing_entry_is_the_one_that_was_meant(simulator):
    rule = {"fault": "missing_entry", "match": {"number_suffix": "1"}}
    simulator.control(faults=[rule])
    answer = send(simulator, "919876543210,919876543211")
    assert [entry["Number"] for entry in answer["MessageData"]] == ["919876543210"]
    assert len(simulator.accepted()) == 2


def test_mixed_table_has_every_kind_that_leaves_the_queue_running(tmp_path):
    endings = [rule["match"]["number_suffix"] for rule in MIXED]
    assert len(set(endings)) == len(endings)
    with Simulator(log=tmp_path / "log.jsonl", mixed=True) as simulator:
        assert send(simulator, "919876543201")["ErrorCode"] == "013"
        assert send(simulator, "919876543200")["ErrorCode"] == "000"
        simulator.control(mixed=False)
        assert send(simulator, "919876543201")["ErrorCode"] == "000"


# === PUSHES ===


def test_report_is_pushed_in_the_form_of_the_example(simulator, webhook):
    simulator.control(push_url=webhook.url)
    answer = send(simulator)
    eventually(lambda: webhook.calls)
    event = json.loads(webhook.calls[0][1])
    assert event["message_id"] == answer["MessageData"][0]["MessageId"]
    assert (event["type"], event["status"]) == ("dlr", "Delivered")
    assert (event["from"], event["to"]) == ("HUBTST", "919876543210")
    eventually(lambda: simulator.stats()["pushed"] == 1)


def test_report_can_be_pushed_before_the_answer(simulator, webhook):
    rule = {"fault": "push_before_answer"}
    simulator.control(push_url=webhook.url, dlr_after=60, faults=[rule])
    send(simulator)
    assert len(webhook.calls) == 1


def test_pushes_are_signed_once_there_is_a_secret(simulator, webhook):
    simulator.control(push_url=webhook.url, push_secret=SECRET)
    assert simulator.inbound("+919876543210", "56161", "STOP") == 204
    headers, body = webhook.calls[0]
    assert verify([SECRET], headers, body, datetime.now(timezone.utc)) is None
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(b"simulator", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_person_can_write_and_anything_can_be_pushed(simulator, webhook):
    simulator.control(push_url=webhook.url)
    person = {"from": "+919876543210", "to": "56161", "text": "Yes"}
    assert call(simulator, "POST", "/_inbound", json.dumps(person).encode())[0] == 200
    assert call(simulator, "POST", "/_push", b'{"odd": true}')[0] == 200
    events = [json.loads(body) for _headers, body in webhook.calls]
    assert (events[0]["type"], events[0]["text"]) == ("inbound", "Yes")
    assert events[1] == {"odd": True}


def test_push_that_nobody_takes_is_counted(simulator):
    simulator.control(push_url="http://127.0.0.1:1/")
    assert call(simulator, "POST", "/_push", b"{}")[0] == 502
    assert simulator.stats()["push_failed"] == 1


# === AS A PROGRAM ===


def test_program_says_where_it_listens_and_ends_when_told(tmp_path):
    folder = Path(__file__).resolve().parents[2] / "simulator"
    command = [sys.executable, str(folder), "--log", str(tmp_path / "log.jsonl")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        line = program.stdout.readline()
        program.terminate()
        assert program.wait(timeout=5) == 0
    assert line.startswith("listening on http://127.0.0.1:")
