"""The client of SMS Gateway Hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from ...client import Carrier, GatewayClient
from ...exchange import HttpRequest, HttpResponse
from ...messages import (
    Account,
    Balance,
    Capabilities,
    DeliveryReport,
    Envelope,
    InboundSms,
    OutboundSms,
    SenderId,
    SendResult,
)
from ...segments import encoding_of
from ...vocabulary import Encoding
from . import events, replies
from .profiles import DEFAULT, PROFILES, Profile, profile_of

_SEND = "/api/mt/SendSMS"
_REPORTS = "/api/mt/GetDelivery"
_BALANCE = "/api/mt/GetBalance"
_SENDERS = "/api/mt/GetSenderId"

#: The platform's number for an alphabet.
_CODING = {Encoding.GSM7: "0", Encoding.UCS2: "8"}

#: Where the senders and channels of an account are meant for, unless it says else.
_HOME_COUNTRY_CODE = "91"


class SmsGatewayHubClient(GatewayClient):
    """Sends one message as a form and several as JSON; asks for reports by job.

    Options of the account, all optional:

    ``channel``
        the channel of every message, whatever its purpose and country;
    ``home_country_code``
        digits; numbers that begin otherwise are foreign;
    ``international_channel``
        the channel of those; empty treats them like all others;
    ``route``
        used where the envelope names none.
    """

    code: ClassVar[str] = "smsgatewayhub"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_messages_per_request=100,
        polls_reports=True,
        balance=True,
        senders=True,
        pushes=True,
    )

    def __init__(self, account: Account, transport: Carrier) -> None:
        super().__init__(account, transport)
        self._profile: Profile = profile_of(account.profile)

    @classmethod
    def profiles(cls) -> Mapping[str, str]:
        """Return the hosts that run the platform's software."""
        return {code: profile.label for code, profile in PROFILES.items()}

    @classmethod
    def default_base_url(cls, profile: str) -> str:
        """Return the address of a host; only the generic one has none."""
        return profile_of(profile or DEFAULT).base_url

    def batch_key(self, envelope: Envelope, message: OutboundSms) -> str:
        """Add the channel: a request has one, and it depends on the country."""
        channel = self._channel(envelope, message)
        return f"{super().batch_key(envelope, message)}|{channel}"

    # === SENDING ===

    def _build_send_request(
        self, envelope: Envelope, messages: Sequence[OutboundSms]
    ) -> HttpRequest:
        """Return a form for one message, else a JSON request."""
        if len(messages) == 1:
            return HttpRequest("POST", _SEND, form=self._form(envelope, messages[0]))
        return HttpRequest("POST", _SEND, json=self._batch(envelope, messages))

    def _parse_send_reply(
        self, messages: Sequence[OutboundSms], response: HttpResponse
    ) -> tuple[str, tuple[SendResult, ...]]:
        """Return what the answer says about each number."""
        return replies.read_send_reply(messages, response)

    def _form(self, envelope: Envelope, message: OutboundSms) -> dict[str, str]:
        """Return the fields of a request with one message."""
        fields = {
            "APIKey": self.account.api_key,
            "senderid": envelope.sender,
            "channel": self._channel(envelope, message),
            "DCS": _coding(envelope, [message]),
            "flashsms": "1" if envelope.flash else "0",
            "number": _digits(message),
            "text": message.text,
            "route": self._route(envelope),
        }
        if self._needs_registration(envelope, message):
            fields[self._profile.entity_field] = envelope.entity_id
            fields[self._profile.template_field] = message.template_id
        return _filled(fields)

    def _batch(
        self, envelope: Envelope, messages: Sequence[OutboundSms]
    ) -> dict[str, Any]:
        """Return the JSON of a request with several messages."""
        account = {
            "APIKey": self.account.api_key,
            "SenderId": envelope.sender,
            "Channel": self._channel(envelope, messages[0]),
            "DCS": _coding(envelope, messages),
            "FlashSms": "1" if envelope.flash else "0",
            "Route": self._route(envelope),
        }
        entries = [
            {"Number": _digits(message), "Text": message.text} for message in messages
        ]
        if self._needs_registration(envelope, messages[0]):
            account[self._profile.entity_key] = envelope.entity_id
            for entry, message in zip(entries, messages, strict=True):
                entry[self._profile.template_key] = message.template_id
        return {"Account": _filled(account), "Messages": list(map(_filled, entries))}

    def _channel(self, envelope: Envelope, message: OutboundSms) -> str:
        """Return the platform's channel for a message."""
        channel = self.account.options.get("channel")
        if not channel and self._is_foreign(message):
            channel = self._international_channel
        return channel or self._profile.channels[envelope.purpose]

    def _needs_registration(self, envelope: Envelope, message: OutboundSms) -> bool:
        """Say whether the ids of the operators' registers belong to a message."""
        channel = self._channel(envelope, message)
        return not channel or channel != self._international_channel

    def _is_foreign(self, message: OutboundSms) -> bool:
        """Say whether a number lies outside the account's home country."""
        home = self.account.options.get("home_country_code") or _HOME_COUNTRY_CODE
        return not _digits(message).startswith(home.lstrip("+"))

    @property
    def _international_channel(self) -> str:
        """The channel for other countries, empty when there is none."""
        return self.account.options.get(
            "international_channel", self._profile.international_channel
        )

    def _route(self, envelope: Envelope) -> str:
        """Return the route, empty to leave it to the platform."""
        return envelope.route or self.account.options.get("route", "")

    # === ASKING ===

    def _ask(self, path: str, **params: str) -> HttpRequest:
        """Return a question; these calls are known to take the key in the URL only."""
        return HttpRequest(
            "GET", path, params={"APIKey": self.account.api_key, **params}
        )

    def _build_reports_request(self, request_id: str) -> HttpRequest:
        """Ask by job: the platform knows no other way."""
        return self._ask(_REPORTS, jobid=request_id)

    def _parse_reports(
        self, response: HttpResponse, request_id: str, now: datetime
    ) -> tuple[DeliveryReport, ...]:
        """Return the reports of the job."""
        return events.read_reports(response, request_id)

    def _build_balance_request(self) -> HttpRequest:
        """Ask for the credit."""
        return self._ask(_BALANCE)

    def _parse_balance(self, response: HttpResponse) -> Balance:
        """Return the credit by channel."""
        return replies.read_balance(response)

    def _build_senders_request(self) -> HttpRequest:
        """Ask for the registered senders."""
        return self._ask(_SENDERS)

    def _parse_senders(self, response: HttpResponse) -> tuple[SenderId, ...]:
        """Return the registered senders."""
        return replies.read_senders(response)

    # === EVENTS ===

    def _parse_event(
        self, item: Mapping[str, object], field_map: Mapping[str, str]
    ) -> DeliveryReport | InboundSms:
        """Return one pushed event."""
        return events.read_push(item, field_map)


def _digits(message: OutboundSms) -> str:
    """Return the number as the platform wants it: country code, no plus."""
    return message.number.lstrip("+")


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that say something; an empty one could be read as a value."""
    return {name: value for name, value in fields.items() if value}


def _coding(envelope: Envelope, messages: Sequence[OutboundSms]) -> str:
    """Return the alphabet's number; one text that needs Unicode decides for all.

    The envelope is believed only where it is the wider of the two: a text sent in too
    small an alphabet arrives as question marks.
    """
    needs_unicode = envelope.encoding is Encoding.UCS2 or any(
        encoding_of(message.text) is Encoding.UCS2 for message in messages
    )
    return _CODING[Encoding.UCS2 if needs_unicode else Encoding.GSM7]
