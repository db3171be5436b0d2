"""The figures for monitoring, as a monitoring system gets them: over the network."""

import json
import re
import urllib.error
import urllib.request

import pytest

from tests.system.hub import connect, numbers, states, text_leads, wait_until

METRICS = "/sms_hub/metrics"
KEY = "sim-key"
LINE = re.compile(r'sms_hub_[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? (\S+)')


def fetch(url, **headers):
    """Return status, headers and body of a GET."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def new_token(client):
    settings = client.call("res.config.settings", "create", [{}])
    action = client.call(
        "res.config.settings", "action_hub_new_metrics_token", settings
    )
    return action["context"]["default_token"]


@pytest.mark.parametrize("workers", [0, 2])
def test_the_right_token_gets_the_figures_and_nothing_else_gets_anything(
    start_odoo, start_simulator, database, workers
):
    platform = start_simulator()
    server = start_odoo(workers=workers)
    client = server.login()
    connect(client, platform.url, api_key=KEY)
    phones = numbers(3)
    text_leads(client, phones, "transactional")
    assert wait_until(lambda: set(states(database)) <= {"accepted", "delivered"}, 60), (
        states(database)
    )
    token = new_token(client)
    url = server.url + METRICS

    status, headers, text = fetch(url, Authorization=f"Bearer {token}")
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert headers["Cache-Control"] == "no-store"
    figures = [line for line in text.splitlines() if not line.startswith("#")]
    assert figures
    for line in figures:
        match = LINE.fullmatch(line)
        assert match, line
        float(match[3])
    assert any(line.startswith("sms_hub_queue_depth{") for line in figures)
    assert "sms_hub_unknown 0" in figures

    status, _headers, values = fetch(f"{url}.json", Authorization=f"Bearer {token}")
    assert status == 200
    assert json.loads(values)["unknown"] == [{"labels": {}, "value": 0}]
    for told in (text, values):
        for secret in (KEY, token, "shall we talk", *(one[3:] for one in phones)):
            assert secret not in told

    refused = [
        fetch(url),
        fetch(url, Authorization=f"Bearer {token[:-1]}"),
        fetch(url, Authorization=f"Basic {token}"),
        fetch(url, Authorization="Bearer "),
        fetch(f"{url}?token={token}"),
        fetch(f"{url}.json", Authorization="Bearer wrong"),
    ]
    assert {(status, body) for status, _headers, body in refused} == {
        (404, "Not found\n")
    }

    new_token(client)
    assert fetch(url, Authorization=f"Bearer {token}")[0] == 404
    assert token not in server.log.read_text().replace(f"?token={token}", "")
