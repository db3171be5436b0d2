"""The words every provider translates its platform's words into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class _Word(str, Enum):
    """A member that is its own value: it compares, formats and stores as text."""

    def __str__(self) -> str:
        return str(self.value)


class Outcome(_Word):
    """What is known of one message after the platform was called."""

    #: The platform took the message and gave it an id.
    ACCEPTED = "accepted"
    #: The platform refused it; sending the same again cannot help.
    REJECTED = "rejected"
    #: It surely was not accepted, and trying again later can help.
    RETRYABLE = "retryable"
    #: It may or may not have been accepted; it must never be resent by itself.
    UNKNOWN = "unknown"


class ErrorClass(_Word):
    """Why a message failed, sorted by what has to happen next."""

    #: Too many requests for now.
    THROTTLE = "throttle"
    #: The platform could not be reached, or said that it is out of service.
    GATEWAY_DOWN = "gateway_down"
    #: The recipient's phone was off, full or out of reach.
    HANDSET = "handset"
    #: The mobile network could not deliver.
    NETWORK = "network"
    #: Nobody can say whether the platform accepted the message.
    UNKNOWN_OUTCOME = "unknown_outcome"
    #: The number cannot receive texts.
    NUMBER = "number"
    #: The recipient, or a preference register, refuses such messages.
    CONSENT = "consent"
    #: The text is not allowed, or does not match its registered template.
    CONTENT = "content"
    #: The sender is not registered, not active or not allowed.
    SENDER = "sender"
    #: Key, credit or state of the account.
    ACCOUNT = "account"
    #: The request itself was wrong.
    REQUEST = "request"
    #: A rule of the platform or the country forbids it.
    POLICY = "policy"


class ReportState(_Word):
    """What a delivery report says about a message."""

    #: Taken and on its way; not final.
    ACCEPTED = "accepted"
    #: It reached the phone; final.
    DELIVERED = "delivered"
    #: It will not arrive; final.
    FAILED = "failed"
    #: Its validity ended before it could be delivered; final.
    EXPIRED = "expired"
    #: The report carries no information and changes nothing.
    UNKNOWN = "unknown"


class EventKind(_Word):
    """What a platform can tell without being asked."""

    #: A delivery report about a message that was sent.
    DLR = "dlr"
    #: A message that a person sent to us.
    INBOUND = "inbound"


class Encoding(_Word):
    """The alphabet a text travels in; it decides how many parts it needs."""

    #: GSM 03.38 default alphabet with its extension table.
    GSM7 = "gsm7"
    #: UTF-16 code units.
    UCS2 = "ucs2"


@dataclass(frozen=True, slots=True)
class ErrorPolicy:
    """What an error class means for the queue and for the person reading it.

    :param retry: trying the same message again later can succeed without a person.
    :param burns_attempt: such a retry counts against the message's attempts.
    :param holds_queue: every message of the account would fail alike, so the queue
        waits and its messages are not failed.
    :param sentence: what happened, for a person who knows nothing of gateways.
    :param next_step: what that person, or an administrator, can do about it.
    """

    retry: bool
    burns_attempt: bool
    holds_queue: bool
    sentence: str
    next_step: str


#: The behaviour of each error class, as data.
ERROR_CLASSES: Mapping[ErrorClass, ErrorPolicy] = MappingProxyType(
    {
        ErrorClass.THROTTLE: ErrorPolicy(
            retry=True,
            burns_attempt=False,
            holds_queue=False,
            sentence="The gateway asked us to send more slowly.",
            next_step="Nothing to do: the message is sent again by itself.",
        ),
        ErrorClass.GATEWAY_DOWN: ErrorPolicy(
            retry=True,
            burns_attempt=False,
            holds_queue=False,
            sentence="The gateway could not be reached.",
            next_step="Nothing to do: the message is sent again by itself.",
        ),
        ErrorClass.HANDSET: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="The phone was switched off, full or out of reach.",
            next_step="Try again later, or call the person.",
        ),
        ErrorClass.NETWORK: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="The mobile network could not deliver the message.",
            next_step="Try again later, or reach the person another way.",
        ),
        ErrorClass.UNKNOWN_OUTCOME: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="We do not know whether the gateway accepted the message.",
            next_step="Ask the person, or look into the gateway's own report, "
            "before you send it once more.",
        ),
        ErrorClass.NUMBER: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="The number cannot receive text messages.",
            next_step="Correct the mobile number of the contact.",
        ),
        ErrorClass.CONSENT: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="The recipient does not accept such messages.",
            next_step="Respect the choice; reach the person another way.",
        ),
        ErrorClass.CONTENT: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="The text was not allowed.",
            next_step="Compare the text with its registered template.",
        ),
        ErrorClass.SENDER: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="The sender name is not allowed.",
            next_step="Ask an administrator to check the sender at the gateway.",
        ),
        ErrorClass.ACCOUNT: ErrorPolicy(
            retry=True,
            burns_attempt=False,
            holds_queue=True,
            sentence="The gateway account cannot send at the moment.",
            next_step="Ask an administrator to check key, credit and account state.",
        ),
        ErrorClass.REQUEST: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="The gateway did not understand the request.",
            next_step="Ask an administrator to look at the gateway's answer.",
        ),
        ErrorClass.POLICY: ErrorPolicy(
            retry=False,
            burns_attempt=True,
            holds_queue=False,
            sentence="A rule of the gateway or the country forbids this message.",
            next_step="Ask an administrator what the account may send.",
        ),
    }
)
