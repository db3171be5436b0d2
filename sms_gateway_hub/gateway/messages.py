"""The values that go to and come from a gateway. No behaviour, no identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from .vocabulary import Encoding, ErrorClass, EventKind, Outcome, ReportState

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a platform.

    :param api_key: the secret; never part of the repr.
    :param base_url: scheme and host; empty for the one of the profile.
    :param profile: which sibling host of the provider this is; empty for the default.
    :param options: settings only the provider knows.
    :param connect_timeout: seconds to reach the host, TLS included.
    :param read_timeout: seconds for the whole answer once the request is out.
    :param allow_private_host: accept hosts inside the own network (simulator only).
    """

    api_key: str = field(repr=False)
    base_url: str
    profile: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    allow_private_host: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all messages of one request share.

    :param sender: the sender shown on the phone.
    :param purpose: marketing, transactional, otp, notice or test.
    :param encoding: the alphabet of every text in the request.
    :param route: the platform's route, where the account needs one.
    :param entity_id: the registered business a message is sent for, where the
        country asks for one.
    :param flash: show the text at once instead of storing it.
    """

    sender: str
    purpose: str
    encoding: Encoding
    route: str = ""
    entity_id: str = ""
    flash: bool = False


@dataclass(frozen=True, slots=True)
class OutboundSms:
    """One message to hand over.

    :param reference: our own id; comes back in the result.
    :param number: E.164 with its plus.
    :param template_id: the registered template, where the country asks for one.
    """

    reference: str
    number: str
    text: str
    template_id: str = ""


@dataclass(frozen=True, slots=True)
class SendResult:
    """What became of one message in one request.

    :param message_id: the platform's id; set when accepted.
    :param code: the platform's own code, normalised, for an administrator.
    :param sentence: what happened in plain words; empty when accepted.
    :param retry_after: seconds the platform asked us to wait.
    :param alone: the request was refused as a whole for a reason that belongs to one
        of its messages; only a request of its own will tell which.
    """

    reference: str
    outcome: Outcome
    message_id: str = ""
    error_class: ErrorClass | None = None
    code: str = ""
    sentence: str = ""
    retry_after: float | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class SendReply:
    """The results of one request: one per message given, in the same order.

    :param request_id: the platform's id of the request, by which reports are asked for.
    :param raw: the answer without secrets, at most 4,000 characters.
    :param status: the HTTP status; None when there was no answer.
    """

    results: tuple[SendResult, ...]
    request_id: str = ""
    raw: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What the platform says about a message it accepted earlier.

    :param raw_status: the platform's own word, kept as it came.
    :param occurred_at: aware, UTC; None when the platform gave no readable time.
    """

    message_id: str
    state: ReportState
    raw_status: str
    request_id: str = ""
    number: str = ""
    error_class: ErrorClass | None = None
    error_code: str = ""
    sentence: str = ""
    occurred_at: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    kind: EventKind = field(default=EventKind.DLR, init=False)


@dataclass(frozen=True, slots=True)
class InboundSms:
    """A message a person sent to one of our senders.

    :param message_id: the platform's id; may be empty.
    :param occurred_at: aware, UTC; None when the platform gave no readable time.
    """

    message_id: str
    from_number: str
    to_number: str
    text: str
    occurred_at: datetime | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    kind: EventKind = field(default=EventKind.INBOUND, init=False)


@dataclass(frozen=True, slots=True)
class ParsedEvents:
    """What one webhook call contained.

    :param refused: a sentence for every part that could not be read.
    """

    events: tuple[DeliveryReport | InboundSms, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left on the account: a figure per name, or the word the platform gave."""

    parts: Mapping[str, Decimal | str]


@dataclass(frozen=True, slots=True)
class SenderId:
    """A sender registered at the platform."""

    name: str
    active: bool
    raw_status: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do, so that nobody asks it for more.

    :param max_messages_per_request: 1 when every text needs its own request.
    :param polls_reports: delivery reports can be asked for by request.
    :param balance: the balance can be asked for.
    :param senders: the list of senders can be asked for.
    :param pushes: the platform can call our webhook.
    """

    max_messages_per_request: int = 1
    polls_reports: bool = False
    balance: bool = False
    senders: bool = False
    pushes: bool = False
