"""What any client promises, also one without a network, and the means to test it."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from unittest import TestCase

from .client import GatewayClient
from .errors import GatewayError
from .exchange import HttpRequest, HttpResponse
from .messages import Account, Envelope, OutboundSms, SendReply
from .vocabulary import Encoding

#: A key no platform would give, so that finding it anywhere means a leak.
SECRET = "contract-s3cret/k+y=="

ACCOUNT = Account(api_key=SECRET, base_url="https://gateway.example")
ENVELOPE = Envelope(sender="HUBTST", purpose="transactional", encoding=Encoding.GSM7)
MESSAGES = tuple(
    OutboundSms(f"reference-{n}", f"+91987654321{n}", f"Text {n}") for n in range(3)
)

if TYPE_CHECKING:
    _Case = TestCase
else:
    _Case = object


class FakeCarrier:
    """Stands in for the transport: answers from a list and remembers the requests."""

    def __init__(self, *answers: HttpResponse | GatewayError) -> None:
        self._answers = list(answers)
        self.requests: list[HttpRequest] = []

    def send(self, account: Account, request: HttpRequest) -> HttpResponse:
        """Return or raise the next answer."""
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, GatewayError):
            raise answer
        return answer


class ClientContract(_Case):
    """What any client promises, also one without a network."""

    #: Odoo's loader collects inherited tests only from classes that say so.
    allow_inherited_tests_method = True

    client_class: type[GatewayClient]
    account = ACCOUNT
    envelope = ENVELOPE
    messages: Sequence[OutboundSms] = MESSAGES

    def make_client(self, *answers: HttpResponse | GatewayError) -> GatewayClient:
        """Return a client whose calls get these answers."""
        self.carrier = FakeCarrier(*answers)
        return self.client_class(self.account, self.carrier)

    def batch(self) -> Sequence[OutboundSms]:
        """Return as many messages as one request takes."""
        return self.messages[: self.client_class.capabilities.max_messages_per_request]

    def test_provider_has_a_code(self) -> None:
        self.assertRegex(self.client_class.code, r"\A[a-z][a-z0-9_]*\Z")

    def test_no_message_makes_no_request(self) -> None:
        client = self.make_client()
        self.assertEqual(client.send(self.envelope, []), SendReply(results=()))
        self.assertEqual(self.carrier.requests, [])

    def test_number_twice_is_refused_before_sending(self) -> None:
        twice = [self.messages[0], replace(self.messages[0], reference="again")]
        client = self.make_client()
        with self.assertRaises(ValueError):
            client.send(self.envelope, twice)
        self.assertEqual(self.carrier.requests, [])

    def test_too_many_messages_are_refused_before_sending(self) -> None:
        limit = self.client_class.capabilities.max_messages_per_request
        many = [
            OutboundSms(f"many-{n}", f"+9198{n:08d}", "Text") for n in range(limit + 1)
        ]
        client = self.make_client()
        with self.assertRaises(ValueError):
            client.send(self.envelope, many)
        self.assertEqual(self.carrier.requests, [])

    def test_messages_of_two_senders_share_no_request(self) -> None:
        client = self.make_client()
        other = replace(self.envelope, sender="OTHERS")
        message = self.messages[0]
        self.assertNotEqual(
            client.batch_key(self.envelope, message), client.batch_key(other, message)
        )

    def test_messages_alike_share_a_request(self) -> None:
        client = self.make_client()
        keys = {client.batch_key(self.envelope, message) for message in self.messages}
        self.assertEqual(len(keys), 1)

    def test_profiles_are_labelled(self) -> None:
        for code, label in self.client_class.profiles().items():
            with self.subTest(profile=code):
                self.assertTrue(label)
                self.assertIsInstance(self.client_class.default_base_url(code), str)

    def test_nonsense_pushed_is_refused_in_words(self) -> None:
        client = self.make_client()
        for body in (b"", b"[]", b"{", b"[1]", b'{"type": "x"}', b"\xff\x00", b"null"):
            with self.subTest(body=body):
                parsed = client.parse_events("application/json", body, {}, {})
                self.assertEqual(parsed.events, ())
                self.assertTrue(parsed.refused)

    def test_key_is_not_in_a_repr(self) -> None:
        client = self.make_client()
        self.assertNotIn(SECRET, repr(client) + repr(vars(client)))


@contextmanager
def captured_logs() -> Iterator[Callable[[], str]]:
    """Collect everything any logger writes, at the finest level."""
    root = logging.getLogger()
    level = root.level
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield stream.getvalue
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
