"""The client of a platform that does not exist: the shortest whole provider.

It takes up to ten messages per request, answers by our own reference, can be asked for
reports and its balance, and pushes events::

    POST /v1/batches     {"from": "…", "items": [{"ref": "…", "to": "…", "text": "…"}]}
    202                  {"batch": "b-1", "items": [{"ref": "…", "id": "t-1"},
                                                    {"ref": "…", "error": "no_phone"}]}
    GET /v1/batches/b-1  {"items": [{"id": "t-1", "state": "ARRIVED",
                                     "at": 1768478400}]}
    GET /v1/balance      {"coins": 12.5}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, ClassVar

from odoo.addons.sms_gateway_hub.gateway import (
    Balance,
    Capabilities,
    DeliveryReport,
    Envelope,
    ErrorClass,
    GatewayClient,
    HttpRequest,
    HttpResponse,
    InboundSms,
    OutboundSms,
    Outcome,
    Rejected,
    ReportState,
    SendResult,
    UnreadableReply,
)
from odoo.addons.sms_gateway_hub.gateway.events import (
    StatusMeaning,
    parse_time,
    read_event,
)
from odoo.addons.sms_gateway_hub.gateway.outcomes import refusal, unknown

#: The platform's errors: what they mean, and what a person should read.
ERRORS: Mapping[str, tuple[ErrorClass, str]] = {
    "no_phone": (ErrorClass.NUMBER, "The number is not a phone."),
    "unknown_sender": (ErrorClass.SENDER, "The sender is not registered."),
    "no_coins": (ErrorClass.ACCOUNT, "The account has no coins left."),
}
_UNLISTED = (ErrorClass.REQUEST, "The gateway refused the message.")

#: The platform's words for where a message is.
STATES: Mapping[str, StatusMeaning] = {
    "ON_ITS_WAY": StatusMeaning(ReportState.ACCEPTED),
    "ARRIVED": StatusMeaning(ReportState.DELIVERED),
    "RETURNED": StatusMeaning(
        ReportState.FAILED, ErrorClass.NETWORK, sentence="The network returned it."
    ),
}
_NO_INFORMATION = StatusMeaning(ReportState.UNKNOWN)

#: Where the platform answers, by region.
HOSTS: Mapping[str, str] = {
    "eu": "https://eu.toy-sms.example",
    "us": "https://us.toy-sms.example",
}


class ToyClient(GatewayClient):
    """Talks to the toy platform."""

    code: ClassVar[str] = "toy"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_messages_per_request=10, polls_reports=True, balance=True, pushes=True
    )

    @classmethod
    def profiles(cls) -> Mapping[str, str]:
        """Return the platform's regions."""
        return {"eu": "Europe", "us": "United States"}

    @classmethod
    def default_base_url(cls, profile: str) -> str:
        """Return the host of a region."""
        return HOSTS.get(profile, HOSTS["eu"])

    # === SENDING ===

    def _build_send_request(
        self, envelope: Envelope, messages: Sequence[OutboundSms]
    ) -> HttpRequest:
        """Return the request that hands the messages over."""
        items = [
            {"ref": message.reference, "to": message.number, "text": message.text}
            for message in messages
        ]
        return HttpRequest(
            "POST",
            "/v1/batches",
            json={"from": envelope.sender, "items": items},
            headers=self._login(),
        )

    def _parse_send_reply(
        self, messages: Sequence[OutboundSms], response: HttpResponse
    ) -> tuple[str, tuple[SendResult, ...]]:
        """Return the batch and what became of each message, found by its reference."""
        fields = response.json_object()
        if isinstance(fields.get("error"), str):
            raise _rejected(fields["error"])
        batch = fields.get("batch")
        if not isinstance(batch, str) or not batch:
            raise UnreadableReply("The gateway's answer names no batch.")
        items = {item.get("ref"): item for item in _items(fields)}
        results = tuple(
            _result(message.reference, items.get(message.reference, {}))
            for message in messages
        )
        return batch, results

    # === ASKING ===

    def _build_reports_request(self, request_id: str) -> HttpRequest:
        """Return the request that asks for the states of a batch."""
        return HttpRequest("GET", f"/v1/batches/{request_id}", headers=self._login())

    def _parse_reports(
        self, response: HttpResponse, request_id: str, now: datetime
    ) -> tuple[DeliveryReport, ...]:
        """Return the states of a batch's messages."""
        fields = response.json_object()
        if "items" not in fields:
            raise UnreadableReply("The gateway's answer names no messages.")
        return tuple(
            _report(item, request_id)
            for item in _items(fields)
            if isinstance(item.get("id"), str)
        )

    def _build_balance_request(self) -> HttpRequest:
        """Return the request that asks for the balance."""
        return HttpRequest("GET", "/v1/balance", headers=self._login())

    def _parse_balance(self, response: HttpResponse) -> Balance:
        """Return the coins that are left."""
        coins = response.json_object().get("coins")
        if isinstance(coins, bool) or not isinstance(coins, (int, float)):
            raise UnreadableReply("The gateway's answer names no coins.")
        return Balance({"Coins": Decimal(str(coins))})

    # === EVENTS ===

    def _parse_event(
        self, item: Mapping[str, object], field_map: Mapping[str, str]
    ) -> DeliveryReport | InboundSms:
        """Return a pushed event; only the platform's words are its own."""
        return read_event(item, field_map, _meaning)

    def _login(self) -> Mapping[str, str]:
        """Return the header that carries the key."""
        return {"Authorization": f"Bearer {self.account.api_key}"}


def _items(fields: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the usable entries of an answer."""
    items = fields.get("items")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            yield item


def _result(reference: str, item: Mapping[str, Any]) -> SendResult:
    """Return what an entry says of a message; without evidence it is unknown."""
    error, message_id = item.get("error"), item.get("id")
    if isinstance(error, str):
        error_class, sentence = ERRORS.get(error, _UNLISTED)
        return refusal(reference, error_class, error, sentence)
    if isinstance(message_id, str) and message_id:
        return SendResult(reference, Outcome.ACCEPTED, message_id=message_id)
    return unknown(reference)


def _rejected(error: str) -> Rejected:
    error_class, sentence = ERRORS.get(error, _UNLISTED)
    return Rejected(error_class, error, sentence)


def _report(item: Mapping[str, Any], request_id: str) -> DeliveryReport:
    raw_status = str(item.get("state") or "")
    meaning = _meaning(raw_status)
    return DeliveryReport(
        message_id=item["id"],
        request_id=request_id,
        state=meaning.state,
        raw_status=raw_status,
        error_class=meaning.error_class,
        sentence=meaning.sentence,
        occurred_at=parse_time(item.get("at"), timezone.utc),
    )


def _meaning(word: str) -> StatusMeaning:
    return STATES.get(word.upper(), _NO_INFORMATION)
