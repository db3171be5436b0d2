"""Client, simulator and checker together: every kind of reply, and nothing astray."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from gateway.messages import Account, Envelope, OutboundSms
from gateway.providers.smsgatewayhub import SmsGatewayHubClient
from gateway.transport import Transport
from gateway.vocabulary import Encoding, Outcome
from simulator import Simulator
from simulator.checker import compare

ENVELOPE = Envelope("HUBTST", "transactional", Encoding.GSM7)
STATES = {
    Outcome.ACCEPTED: "accepted",
    Outcome.REJECTED: "failed",
    Outcome.RETRYABLE: "queued",
    Outcome.UNKNOWN: "unknown",
}


@pytest.fixture
def ledger_and_log(tmp_path):
    """Send a text to each of two hundred numbers; return our rows and the log."""
    with Simulator(log=tmp_path / "log.jsonl", mixed=True) as simulator:
        transport = Transport()
        account = Account(
            "sim-key", simulator.url, read_timeout=2.0, allow_private_host=True
        )
        client = SmsGatewayHubClient(account, transport)

        def send(n):
            message = OutboundSms(f"u{n}", f"+9198765{n:05d}", f"Text {n}")
            (result,) = client.send(ENVELOPE, [message]).results
            if result.outcome is Outcome.RETRYABLE:
                (result,) = client.send(ENVELOPE, [message]).results
            return {
                "uuid": message.reference,
                "number": message.number,
                "text": message.text,
                "state": STATES[result.outcome],
                "message_id": result.message_id,
                "reason": result.sentence,
            }

        with ThreadPoolExecutor(20) as pool:
            rows = list(pool.map(send, range(200)))
        transport.close()
        return rows, simulator.accepted()


def test_ledger_agrees_with_the_platform_whatever_it_answered(ledger_and_log):
    rows, log = ledger_and_log
    assert compare(rows, log) == []
    assert {row["state"] for row in rows} == {"accepted", "failed", "unknown"}


def test_what_was_throttled_once_arrives_once(ledger_and_log):
    rows, log = ledger_and_log
    throttled = [row for row in rows if row["number"].endswith(("04", "05"))]
    assert [row["state"] for row in throttled] == ["accepted"] * 4
    numbers = [line["number"] for line in log]
    assert all(numbers.count(row["number"].lstrip("+")) == 1 for row in throttled)
