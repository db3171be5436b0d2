"""What comes next for a message that a platform refused or that did not arrive.

Another try of the same way, another sender, another account, waiting, or the end: by
the class of the error, within the expiry of the message, and never for one that may
have been accepted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

#: Senders that one message may lose before it stays with the last.
MAX_HOPS = 3
#: Tries after which a message is given up whose errors count as tries.
MAX_ATTEMPTS = 6

#: Classes that lie in the message: every sender would be refused alike.
_FINAL = frozenset(("content", "number", "consent", "request", "policy"))
#: After a report of failure: how long to leave the person and the network alone.
_GAP_OF_REPORT = {
    "network": timedelta(),
    "sender": timedelta(),
    "handset": timedelta(minutes=30),
}


class StepKind(str, Enum):
    """The ways on."""

    #: the same sender, a little later
    RETRY = "retry"
    #: another sender of the same account
    NEXT_SENDER = "next_sender"
    #: a sender of another account
    NEXT_GATEWAY = "next_gateway"
    #: wait until the account works again
    HOLD = "hold"
    #: a new message by another sender; the old one keeps its result
    SEND_AGAIN = "send_again"
    #: it failed, for good
    GIVE_UP = "give_up"
    #: it may be out: nothing is done to it by itself
    LEAVE = "leave"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do.

    :param at: not before this instant, aware UTC; never beyond the expiry
    :param sender_id: by whom, where it is another sender
    :param too_late: given up because its time is over, not because of the error
    """

    kind: StepKind
    at: datetime | None = None
    sender_id: int | None = None
    too_late: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known about a message that was not taken. Instants are aware UTC.

    :param error_class: the gateway's word for it
    :param retryable: the platform said that the same may succeed later
    :param wait: for how long the same way is closed
    :param attempts: tries so far that count, this one among them if it does
    :param alone: the refusal met several messages, and this one may be innocent
    :param hops: how many senders it lost already
    :param circuit_open: its account is being left alone
    :param hurried: somebody waits for it, so that the account is not tried again first
    :param sibling: the next usable sender of the same account
    :param elsewhere: the next usable sender of another account
    """

    error_class: str
    now: datetime
    expires_at: datetime | None = None
    retryable: bool = False
    wait: timedelta = timedelta()
    attempts: int = 1
    alone: bool = False
    hops: int = 0
    circuit_open: bool = False
    hurried: bool = False
    sibling: int | None = None
    elsewhere: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What is known about a message of which a report says that it did not arrive.

    :param allowed: the company wants such messages sent once more
    :param repeated: the message repeats another one, or is repeated already
    :param other: the next usable sender, of whatever account
    """

    error_class: str
    purpose: str
    now: datetime
    expires_at: datetime | None = None
    allowed: bool = False
    repeated: bool = False
    other: int | None = None


def next_step(trouble: Trouble) -> Step:
    """Return what comes next for a message that was handed over and not accepted.

    Source of the classes: how long what lasts. Throttling passes by itself; an account
    or a sender is repaired by people, so that others take over; a text or a number is
    refused whoever sends it.
    """
    if trouble.error_class == "unknown_outcome":
        return Step(StepKind.LEAVE)
    if trouble.expires_at and trouble.now >= trouble.expires_at:
        return Step(StepKind.GIVE_UP, too_late=True)
    if trouble.error_class == "sender":
        return _hop(trouble, trouble.sibling, trouble.elsewhere) or Step(
            StepKind.GIVE_UP
        )
    if trouble.error_class == "account":
        return _hop(trouble, None, trouble.elsewhere) or _hold(trouble)
    out_of_reach = trouble.circuit_open or trouble.hurried
    if trouble.error_class == "gateway_down" and out_of_reach:
        return _hop(trouble, None, trouble.elsewhere) or _retry(trouble)
    return _retry(trouble)


def after_report(report: Report) -> Step:
    """Return what comes next for a message that was accepted and did not arrive.

    One more try by another sender, where the company wants it: the network reported
    that the first one failed, and networks err. Nobody gets advertising twice.
    """
    gap = _GAP_OF_REPORT.get(report.error_class)
    if gap is None or not report.allowed or report.repeated or report.other is None:
        return Step(StepKind.GIVE_UP)
    if report.purpose not in ("transactional", "otp"):
        return Step(StepKind.GIVE_UP)
    at = report.now + gap
    if report.expires_at and at >= report.expires_at:
        return Step(StepKind.GIVE_UP, too_late=True)
    return Step(StepKind.SEND_AGAIN, at, report.other)


def _hop(trouble: Trouble, sibling: int | None, elsewhere: int | None) -> Step | None:
    """Return the way by another sender, if there is one and it was not too many."""
    if trouble.hops >= MAX_HOPS:
        return None
    if sibling is not None:
        return Step(StepKind.NEXT_SENDER, trouble.now, sibling)
    if elsewhere is not None:
        return Step(StepKind.NEXT_GATEWAY, trouble.now, elsewhere)
    return None


def _hold(trouble: Trouble) -> Step:
    until = trouble.now + trouble.wait
    return Step(StepKind.HOLD, min(until, trouble.expires_at or until))


def _retry(trouble: Trouble) -> Step:
    """Return the same way once more, if that can help and there is time for it."""
    hopeless = trouble.error_class in _FINAL and not trouble.alone
    if hopeless or not trouble.retryable or trouble.attempts >= MAX_ATTEMPTS:
        return Step(StepKind.GIVE_UP)
    at = trouble.now if trouble.alone else trouble.now + trouble.wait
    if trouble.expires_at and at >= trouble.expires_at:
        return Step(StepKind.GIVE_UP, too_late=True)
    return Step(StepKind.RETRY, at)
