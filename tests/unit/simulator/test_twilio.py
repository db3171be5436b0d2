"""The simulator speaks the dialect of Odoo's own connector too."""

import base64
import hashlib
import hmac
import http.client
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from simulator import Simulator, twilio

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATH = f"/2010-04-01/Accounts/AC{twilio.TOKEN}/Messages.json"


@pytest.fixture
def simulator(tmp_path):
    with Simulator(log=tmp_path / "log.jsonl") as running:
        yield running


def send(simulator, **more):
    parts = urlsplit(simulator.url)
    link = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    fields = {"From": "+15005550006", "To": "+919812345678", "Body": "Hello", **more}
    link.request("POST", PATH, urlencode(fields), FORM)
    answer = link.getresponse()
    body = answer.read()
    link.close()
    return answer.status, answer.headers, body


def test_a_text_is_taken_and_in_the_log(simulator):
    status, _headers, body = send(simulator)
    [entry] = simulator.accepted()
    assert status == 201
    assert json.loads(body)["sid"] == entry["message_id"]
    assert (entry["number"], entry["text"]) == ("919812345678", "Hello")


def test_its_report_may_come_before_the_answer_and_is_signed(simulator, webhook):
    simulator.control(faults=[{"fault": "push_before_answer"}])
    status, _headers, body = send(simulator, StatusCallback=webhook.url)
    [(headers, posted)] = webhook.calls
    fields = dict(parse_qsl(posted.decode()))
    assert status == 201
    assert fields["SmsStatus"] == "delivered"
    assert fields["MessageSid"] == json.loads(body)["sid"]
    # written a second time here, from Twilio's own description
    text = webhook.url + "".join(name + fields[name] for name in sorted(fields))
    digest = hmac.new(twilio.TOKEN.encode(), text.encode(), hashlib.sha1).digest()
    assert headers["X-Twilio-Signature"] == base64.b64encode(digest).decode()


def test_the_rules_of_faults_hold_here_too(simulator):
    simulator.control(faults=[{"fault": "http_503"}])
    assert send(simulator)[0] == 503
    assert simulator.accepted() == []


def test_who_comes_back_before_the_time_is_counted(simulator):
    simulator.control(
        retry_after=30, faults=[{"fault": "http_429", "times_per_number": 1}]
    )
    status, headers, _body = send(simulator)
    assert (status, headers["Retry-After"]) == (429, "30")
    assert simulator.stats()["early_retries"] == 0
    assert send(simulator)[0] == 201
    assert simulator.stats()["early_retries"] == 1
    # another number was not told to wait
    assert send(simulator, To="+919812345679")[0] == 429
    assert simulator.stats()["early_retries"] == 1
