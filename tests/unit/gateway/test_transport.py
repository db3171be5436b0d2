"""Real HTTP: what each way to fail says about what was accepted."""

import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from gateway import addresses
from gateway.errors import ConfigurationError, GatewayError, OutcomeUnknown, Retryable
from gateway.exchange import HttpRequest
from gateway.messages import Account, Envelope, OutboundSms
from gateway.providers.smsgatewayhub import SmsGatewayHubClient
from gateway.transport import MAX_ANSWER, Transport
from gateway.vocabulary import Encoding, ErrorClass, Outcome
from simulator import Simulator

KEY = "k3y/with+odd=chars"
ENVELOPE = Envelope("HUBTST", "transactional", Encoding.GSM7)
ASK = HttpRequest("GET", "/path", params={"APIKey": KEY})
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"


@pytest.fixture
def transport():
    """Return a transport and close it."""
    carrier = Transport()
    yield carrier
    carrier.close()


@pytest.fixture
def simulator(tmp_path):
    """Return a running platform."""
    with Simulator(log=tmp_path / "log.jsonl", api_key=KEY) as running:
        yield running


class RawServer:
    """Says exactly these bytes to each connection; without any it says nothing.

    :param pause: seconds after each piece.
    """

    def __init__(self, pieces, pause):
        self.received = []
        self._pieces = pieces
        self._pause = pause
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        """Let go of every connection."""
        self._stopped.set()
        self._listener.close()

    def _serve(self):
        while not self._stopped.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection:
            if not self._pieces:
                self._stopped.wait(10)
                return
            self.received.append(connection.recv(65536))
            for piece in self._pieces:
                try:
                    connection.sendall(piece)
                except OSError:
                    return
                self._stopped.wait(self._pause)


@pytest.fixture
def raw_server():
    """Return a starter of raw servers."""
    servers = []

    def start(*pieces, pause=0.0):
        servers.append(RawServer(pieces, pause))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def account(url, **more):
    """Return an account at a private host, quick to give up."""
    more.setdefault("allow_private_host", True)
    return Account(KEY, url, connect_timeout=1.0, read_timeout=1.0, **more)


def message(n=0):
    """Return one of many messages."""
    return OutboundSms(f"r{n}", f"+9198765{n:05d}", f"Text {n}")


def free_port():
    """Return a port nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


# === THROUGH THE SIMULATOR ===


def test_message_arrives_as_it_was_written(transport, simulator):
    client = SmsGatewayHubClient(account(simulator.url), transport)
    text = "50% + 1 & more = #1\nnext line €, ünï çé 😀"
    reply = client.send(ENVELOPE, [OutboundSms("r", "+919876543210", text)])
    (entry,) = simulator.accepted()
    assert (entry["number"], entry["text"]) == ("919876543210", text)
    assert reply.results[0].message_id == entry["message_id"]
    assert reply.request_id == entry["job_id"]


def test_batch_arrives_whole(transport, simulator):
    client = SmsGatewayHubClient(account(simulator.url), transport)
    reply = client.send(ENVELOPE, [message(n) for n in range(100)])
    assert {result.outcome for result in reply.results} == {Outcome.ACCEPTED}
    assert [entry["message_id"] for entry in simulator.accepted()] == [
        result.message_id for result in reply.results
    ]


@pytest.mark.parametrize(
    ("fault", "outcome", "accepted"),
    [
        ("reject:013", Outcome.REJECTED, 0),
        ("reject:007", Outcome.RETRYABLE, 0),
        ("http_429", Outcome.RETRYABLE, 0),
        ("http_503", Outcome.RETRYABLE, 0),
        ("http_500_not_accepted", Outcome.UNKNOWN, 0),
        ("html_not_accepted", Outcome.UNKNOWN, 0),
        ("reset_before_accept", Outcome.UNKNOWN, 0),
        ("accept_then_500", Outcome.UNKNOWN, 1),
        ("accept_then_502", Outcome.UNKNOWN, 1),
        ("accept_then_reset", Outcome.UNKNOWN, 1),
        ("accept_then_timeout", Outcome.UNKNOWN, 1),
        ("accept_truncated_json", Outcome.UNKNOWN, 1),
        ("accept_html", Outcome.UNKNOWN, 1),
        ("drip", Outcome.UNKNOWN, 1),
        ("null_fields", Outcome.UNKNOWN, 1),
        ("missing_entry", Outcome.UNKNOWN, 1),
        ("unpadded_code", Outcome.ACCEPTED, 1),
        ("duplicate_entry", Outcome.ACCEPTED, 1),
    ],
)
def test_fault_gives_an_honest_outcome(transport, simulator, fault, outcome, accepted):
    simulator.control(faults=[{"fault": fault}])
    client = SmsGatewayHubClient(account(simulator.url), transport)
    (result,) = client.send(ENVELOPE, [message()]).results
    assert result.outcome is outcome
    assert len(simulator.accepted()) == accepted


def test_wait_of_the_platform_is_passed_on(transport, simulator):
    simulator.control(faults=[{"fault": "http_429"}])
    client = SmsGatewayHubClient(account(simulator.url), transport)
    (result,) = client.send(ENVELOPE, [message()]).results
    assert (result.error_class, result.retry_after) == (ErrorClass.THROTTLE, 1.0)


def test_nothing_is_sent_twice_by_the_transport(transport, simulator):
    simulator.control(faults=[{"fault": "reset_before_accept", "times": 1}])
    client = SmsGatewayHubClient(account(simulator.url), transport)
    client.send(ENVELOPE, [message()])
    assert simulator.stats()["requests"] == 1
    assert simulator.accepted() == []


def test_many_threads_share_one_transport(transport, simulator):
    simulator.control(latency_ms=200)
    client = SmsGatewayHubClient(account(simulator.url), transport)
    begin = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        replies = list(
            pool.map(lambda n: client.send(ENVELOPE, [message(n)]), range(100))
        )
    assert {reply.results[0].outcome for reply in replies} == {Outcome.ACCEPTED}
    # One after the other they would take twenty seconds.
    assert time.monotonic() - begin < 5


def test_connection_is_kept(transport, raw_server):
    server = raw_server(OK + b"\r\n{}", pause=0.3)
    transport.send(account(server.url), ASK)
    assert len(server.received) == 1
    # The server has not closed yet, so the second request takes the same connection,
    # to which that server never answers.
    with pytest.raises(OutcomeUnknown):
        transport.send(account(server.url), ASK)
    assert len(server.received) == 1


# === SURELY NOT SENT ===


def test_refused_connection_is_retryable(transport):
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Retryable) as caught:
        transport.send(account(url), ASK)
    assert caught.value.error_class is ErrorClass.GATEWAY_DOWN


def test_unknown_host_is_retryable(transport):
    with pytest.raises(Retryable):
        transport.send(account("https://no-such-host.invalid"), ASK)


def test_silence_during_the_handshake_is_retryable(transport, raw_server):
    url = raw_server().url.replace("http:", "https:")
    with pytest.raises(Retryable):
        transport.send(account(url), ASK)


def test_host_without_tls_is_retryable(transport, simulator):
    with pytest.raises(Retryable):
        transport.send(account(simulator.url.replace("http:", "https:")), ASK)
    assert simulator.stats()["requests"] == 0


# === PERHAPS SENT ===


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"ErrorCode": "000"}',
        b"not HTTP at all\r\n\r\n",
    ],
    ids=["none", "cut in the headers", "broken chunk", "cut in the body", "not HTTP"],
)
def test_broken_answer_is_unknown(transport, raw_server, caplog, answer):
    caplog.set_level(logging.DEBUG)
    client = SmsGatewayHubClient(account(raw_server(answer).url), transport)
    (result,) = client.send(ENVELOPE, [message()]).results
    assert result.outcome is Outcome.UNKNOWN
    with pytest.raises(GatewayError):
        client.fetch_balance()
    assert "k3y" not in caplog.text


def test_slow_headers_do_not_hold_a_thread(transport, raw_server):
    url = raw_server(*[b"X"] * 100, pause=0.2).url
    begin = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        transport.send(account(url), ASK)
    assert time.monotonic() - begin < 2


def test_slow_body_does_not_hold_a_thread(transport, raw_server):
    url = raw_server(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 100, pause=0.2).url
    begin = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        transport.send(account(url), ASK)
    assert time.monotonic() - begin < 2


def test_huge_answer_is_not_read(transport, raw_server):
    body = b"x" * (MAX_ANSWER + 1)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with pytest.raises(OutcomeUnknown, match="too large"):
        transport.send(account(raw_server(head, body).url), ASK)


# === WHOM IT TALKS TO ===


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_private_host_gets_no_byte(transport, simulator, scheme):
    url = simulator.url.replace("http", scheme)
    with pytest.raises(ConfigurationError):
        transport.send(account(url, allow_private_host=False), ASK)
    assert simulator.stats()["requests"] == 0


def test_name_that_moves_inside_after_the_check_gets_no_byte(
    transport, simulator, monkeypatch
):
    port = simulator.url.rpartition(":")[2]
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", int(port)))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: inside)
    url = f"https://rebound.example:{port}"
    assert addresses.parse_base_url(url).hostname == "rebound.example"
    with pytest.raises(ConfigurationError, match="private network"):
        transport.send(account(url, allow_private_host=False), ASK)
    assert simulator.stats()["requests"] == 0


def test_kept_connection_of_a_trusting_account_is_not_lent(transport, simulator):
    trusting = SmsGatewayHubClient(account(simulator.url), transport)
    assert trusting.fetch_balance().parts
    strict = account(simulator.url, allow_private_host=False)
    with pytest.raises(ConfigurationError):
        SmsGatewayHubClient(strict, transport).fetch_balance()
    assert simulator.stats()["requests"] == 1


def test_redirect_is_not_followed(transport, raw_server, simulator):
    head = f"HTTP/1.1 302 Found\r\nLocation: {simulator.url}\r\n".encode()
    url = raw_server(head + b"Content-Length: 0\r\n\r\n").url
    assert transport.send(account(url), ASK).status == 302
    assert simulator.stats()["requests"] == 0


def test_redirect_holds_the_queue(transport, raw_server):
    answer = b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"
    client = SmsGatewayHubClient(account(raw_server(answer).url), transport)
    (result,) = client.send(ENVELOPE, [message()]).results
    assert result.error_class is ErrorClass.ACCOUNT
    assert "base URL" in result.sentence


def test_cookies_are_not_kept(transport, raw_server):
    server = raw_server(OK + b"Set-Cookie: a=b\r\nConnection: close\r\n\r\n{}")
    transport.send(account(server.url), ASK)
    transport.send(account(server.url), ASK)
    assert len(server.received) == 2
    assert b"ookie" not in server.received[1]


def test_proxy_of_the_environment_does_not_see_the_key(
    transport, simulator, monkeypatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    client = SmsGatewayHubClient(account(simulator.url), transport)
    assert client.fetch_balance().parts


@pytest.mark.parametrize("url", ["", "gateway.example", "http://a b", "https://u:p@x"])
def test_unusable_base_url_is_the_administrators_matter(transport, url):
    with pytest.raises(ConfigurationError):
        transport.send(account(url), ASK)


def test_request_stays_on_its_host(transport, simulator):
    elsewhere = HttpRequest("GET", "@evil.example/")
    with pytest.raises(ConfigurationError):
        transport.send(account(simulator.url), elsewhere)


# === SECRETS ===


@pytest.mark.parametrize(
    "fault", ["", "http_503", "accept_then_reset", "accept_then_timeout", "reject:007"]
)
def test_key_is_in_no_log_error_or_stored_answer(transport, simulator, caplog, fault):
    caplog.set_level(logging.DEBUG)
    simulator.control(faults=[{"fault": fault}] if fault else [])
    client = SmsGatewayHubClient(account(simulator.url), transport)
    seen = [repr(client.send(ENVELOPE, [message()]))]
    simulator.control(api_key="another")
    for question in (client.fetch_balance, client.fetch_senders):
        with pytest.raises(GatewayError) as caught:
            question()
        seen.append(repr(caught.getrepr(style="long", showlocals=False)))
        seen.append(str(caught.value) + repr(caught.value.__cause__))
    shown = "".join(seen) + caplog.text
    assert "GET /api/mt/GetBalance" in caplog.text
    for spelling in (KEY, "k3y%2Fwith", "k3y/with"):
        assert spelling not in shown


def test_key_is_not_in_the_trace_of_a_broken_question(transport, caplog):
    caplog.set_level(logging.DEBUG)
    client = SmsGatewayHubClient(account(f"http://127.0.0.1:{free_port()}"), transport)
    try:
        client.fetch_balance()
    except Retryable:
        logging.getLogger("test").exception("Asking failed")
    assert "Asking failed" in caplog.text
    assert "k3y" not in caplog.text
