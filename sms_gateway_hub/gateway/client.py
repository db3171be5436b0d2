"""The base of every provider: the shape of a call, without the platform's words.

A provider declares ``code`` and ``capabilities`` and fills in hooks. Sending needs
``_build_send_request`` and ``_parse_send_reply``; each further capability needs its
own pair. What can go wrong on the way is sorted here, once for all providers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar, NoReturn, Protocol, TypeVar

from .errors import (
    ConfigurationError,
    GatewayError,
    OutcomeUnknown,
    PayloadError,
    Rejected,
)
from .exchange import HttpRequest, HttpResponse
from .messages import (
    Account,
    Balance,
    Capabilities,
    DeliveryReport,
    Envelope,
    InboundSms,
    OutboundSms,
    ParsedEvents,
    SenderId,
    SendReply,
    SendResult,
)
from .outcomes import error_of_status, results_of_error
from .payload import Query, decode_payload
from .redaction import redact
from .vocabulary import ErrorClass, Outcome

_Answer = TypeVar("_Answer")

_logger = logging.getLogger(__name__)

#: Characters of an answer that are kept for an administrator to read.
RAW_LIMIT = 4000


class Carrier(Protocol):
    """What a client needs of a transport; ``Transport`` is the real one."""

    def send(self, account: Account, request: HttpRequest) -> HttpResponse:
        """Return the platform's answer or raise a ``GatewayError``."""


class GatewayClient:
    """Talks to one account at one platform; keeps no state, so threads may share it."""

    #: The provider's technical name, as it stands on the gateway's record.
    code: ClassVar[str] = ""
    capabilities: ClassVar[Capabilities] = Capabilities()

    def __init__(self, account: Account, transport: Carrier) -> None:
        self.account = replace(
            account,
            base_url=account.base_url or self.default_base_url(account.profile),
        )
        self.transport = transport

    # === CALLS ===

    def send(self, envelope: Envelope, messages: Sequence[OutboundSms]) -> SendReply:
        """Hand over messages and say what became of each; never raises for an outcome.

        :raises ValueError: before anything is sent, when the caller broke the rules of
            a request: too many messages, or one number twice.
        """
        self._check_batch(messages)
        if not messages:
            return SendReply(results=())
        try:
            _check_texts(messages)
            request = self._build_send_request(envelope, messages)
        except Exception as err:  # noqa: BLE001 - nothing went out, whatever broke
            return SendReply(results=self._results_of_unbuilt(messages, err))
        try:
            response = self._exchange(request)
        except GatewayError as err:
            return SendReply(results=results_of_error(messages, err))
        return self._read_send_reply(messages, response)

    def fetch_reports(
        self, request_id: str, now: datetime
    ) -> tuple[DeliveryReport, ...]:
        """Return what the platform knows about the messages of a request.

        :param now: aware time of the call, for platforms that answer relative to it.
        :raises GatewayError: when it could not be asked or understood.
        """
        return self._ask_platform(
            self._build_reports_request(request_id),
            lambda response: self._parse_reports(response, request_id, now),
        )

    def fetch_balance(self) -> Balance:
        """Return what is left on the account.

        :raises GatewayError: when it could not be asked or understood.
        """
        return self._ask_platform(self._build_balance_request(), self._parse_balance)

    def fetch_senders(self) -> tuple[SenderId, ...]:
        """Return the senders registered at the platform.

        :raises GatewayError: when it could not be asked or understood.
        """
        return self._ask_platform(self._build_senders_request(), self._parse_senders)

    def parse_events(
        self,
        content_type: str,
        body: bytes,
        query: Query,
        field_map: Mapping[str, str] | None = None,
    ) -> ParsedEvents:
        """Read a webhook call; what cannot be read becomes a sentence, not an error.

        :param query: parameters of the URL, for platforms that push by GET.
        :param field_map: our field name to theirs, where an account differs.
        """
        try:
            items = decode_payload(content_type, body, query)
        except PayloadError as err:
            return ParsedEvents(refused=(err.message,))
        events: list[DeliveryReport | InboundSms] = []
        refused: list[str] = []
        for item in items:
            try:
                events.append(self._parse_event(item, field_map or {}))
            except PayloadError as err:
                refused.append(err.message)
        return ParsedEvents(events=tuple(events), refused=tuple(refused))

    # === FACTS ===

    def batch_key(self, envelope: Envelope, message: OutboundSms) -> str:
        """Return what two messages must have in common to share a request."""
        return "|".join(
            (
                envelope.sender,
                envelope.purpose,
                envelope.encoding,
                envelope.route,
                envelope.entity_id,
                "flash" if envelope.flash else "",
            )
        )

    @classmethod
    def profiles(cls) -> Mapping[str, str]:
        """Return the sibling hosts this client serves, code to label."""
        return {}

    @classmethod
    def default_base_url(cls, profile: str) -> str:
        """Return the base URL of a profile, empty when the account has to name it."""
        return ""

    # === HOOKS ===

    def _build_send_request(
        self, envelope: Envelope, messages: Sequence[OutboundSms]
    ) -> HttpRequest:
        """Return the request that hands the messages over."""
        raise NotImplementedError

    def _parse_send_reply(
        self, messages: Sequence[OutboundSms], response: HttpResponse
    ) -> tuple[str, tuple[SendResult, ...]]:
        """Return the platform's id of the request and one result per message.

        Called for answers of 2xx and 4xx, so that an error's own words are read.

        :raises Rejected: the request as a whole was refused.
        :raises UnreadableReply: it is not what the platform documents.
        """
        raise NotImplementedError

    def _build_reports_request(self, request_id: str) -> HttpRequest:
        """Return the request that asks for the reports of an earlier request."""
        self._cannot("give delivery reports")

    def _parse_reports(
        self, response: HttpResponse, request_id: str, now: datetime
    ) -> tuple[DeliveryReport, ...]:
        """Return the reports the answer contains."""
        self._cannot("give delivery reports")

    def _build_balance_request(self) -> HttpRequest:
        """Return the request that asks for the balance."""
        self._cannot("tell its balance")

    def _parse_balance(self, response: HttpResponse) -> Balance:
        """Return the balance the answer contains."""
        self._cannot("tell its balance")

    def _build_senders_request(self) -> HttpRequest:
        """Return the request that asks for the list of senders."""
        self._cannot("list its senders")

    def _parse_senders(self, response: HttpResponse) -> tuple[SenderId, ...]:
        """Return the senders the answer contains."""
        self._cannot("list its senders")

    def _parse_event(
        self, item: Mapping[str, object], field_map: Mapping[str, str]
    ) -> DeliveryReport | InboundSms:
        """Return one pushed event.

        :raises PayloadError: when it is none.
        """
        raise PayloadError("This gateway does not push events.")

    def _secrets(self) -> tuple[str, ...]:
        """Return what must appear in no log, error or stored answer."""
        return (self.account.api_key,)

    # === SHARED WORK ===

    def _check_batch(self, messages: Sequence[OutboundSms]) -> None:
        """Refuse a batch no platform could answer unambiguously."""
        if len(messages) > self.capabilities.max_messages_per_request:
            raise ValueError("Too many messages for one request.")
        if len({message.number for message in messages}) != len(messages):
            raise ValueError("A number may stand only once in a request.")

    def _exchange(self, request: HttpRequest) -> HttpResponse:
        """Send a request as this account."""
        return self.transport.send(self.account, request)

    def _ask_platform(
        self, request: HttpRequest, parse: Callable[[HttpResponse], _Answer]
    ) -> _Answer:
        """Send a request that only asks, and return what its answer is parsed to."""
        response = self._exchange(request)
        if not 200 <= response.status < 300:
            raise error_of_status(response)
        try:
            return parse(response)
        except Rejected as err:
            # Without its cause, which holds the platform's words as they came.
            raise Rejected(
                err.error_class, self._redact(err.code), self._redact(err.sentence)
            ) from None

    def _read_send_reply(
        self, messages: Sequence[OutboundSms], response: HttpResponse
    ) -> SendReply:
        """Return the results an answer contains, or what its status says of all."""
        request_id = ""
        try:
            request_id, results = self._sort_send_reply(messages, response)
        except GatewayError as err:
            results = results_of_error(messages, err)
        except Exception as err:  # noqa: BLE001 - it went out, so nothing is known
            self._log_defect("reading an answer", err)
            results = results_of_error(messages, OutcomeUnknown(""))
        raw = self._redact(response.text)[:RAW_LIMIT]
        clean = tuple(self._without_secrets(result) for result in results)
        return SendReply(clean, request_id, raw, response.status)

    def _sort_send_reply(
        self, messages: Sequence[OutboundSms], response: HttpResponse
    ) -> tuple[str, tuple[SendResult, ...]]:
        """Let the platform's own words count where the status leaves room for them."""
        if response.status == 429 or response.status // 100 not in (2, 4):
            raise error_of_status(response)
        try:
            request_id, results = self._parse_send_reply(messages, response)
        except Rejected:
            raise
        except GatewayError:
            if response.status >= 400:
                raise error_of_status(response) from None
            raise
        if [result.reference for result in results] != [
            message.reference for message in messages
        ]:
            raise OutcomeUnknown("The gateway client lost track of its messages.")
        return request_id, results

    def _results_of_unbuilt(
        self, messages: Sequence[OutboundSms], err: Exception
    ) -> tuple[SendResult, ...]:
        """Return results for messages of which no request could be made."""
        if not isinstance(err, GatewayError):
            self._log_defect("building a request", err)
            err = Rejected(
                ErrorClass.REQUEST, "", "The message could not be put into a request."
            )
        return results_of_error(messages, err)

    def _without_secrets(self, result: SendResult) -> SendResult:
        """Return a result that does not repeat a key the platform echoed."""
        if result.outcome is Outcome.ACCEPTED:
            return result
        return replace(
            result,
            code=self._redact(result.code),
            sentence=self._redact(result.sentence),
        )

    def _redact(self, text: str) -> str:
        """Return a text without this account's secrets."""
        return redact(text, self._secrets())

    def _log_defect(self, doing: str, err: Exception) -> None:
        """Log a provider's own mistake without values from the message."""
        _logger.error(
            "Gateway %s failed at %s: %s", self.code, doing, type(err).__name__
        )

    def _cannot(self, what: str) -> NoReturn:
        """Say that the provider lacks a capability."""
        raise ConfigurationError(f"This gateway cannot {what}.")


def _check_texts(messages: Sequence[OutboundSms]) -> None:
    """Refuse a text that no request can carry.

    :raises Rejected: when a text holds half a surrogate pair.
    """
    try:
        "".join(message.text for message in messages).encode()
    except UnicodeEncodeError:
        raise Rejected(
            ErrorClass.CONTENT, "", "The text contains a broken character."
        ) from None
