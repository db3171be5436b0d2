"""A gateway without a network: the last digits of a number choose what happens.

============  ==========================================================
Number ends   What becomes of the message
============  ==========================================================
``01``        rejected: the number is not valid
``02``        rejected: the sender is not registered
``03``        refused: no credit left, so the queue waits
``04``        refused for now: too fast, try again after 30 seconds
``05``        unknown: the connection broke after the request went out
``06``        accepted, then failed: the network could not deliver it
``07``        accepted, then expired: the phone stayed off
``08``        accepted, and no report ever comes
anything else accepted, then delivered
============  ==========================================================

It keeps no state: a request's id holds the time and the endings of its numbers, from
which the reports are worked out again whenever somebody asks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar

from ...client import Carrier, GatewayClient
from ...errors import Rejected
from ...events import StatusMeaning, read_event
from ...messages import (
    Account,
    Balance,
    Capabilities,
    DeliveryReport,
    Envelope,
    InboundSms,
    OutboundSms,
    SenderId,
    SendReply,
    SendResult,
)
from ...outcomes import refusal, unknown
from ...vocabulary import ERROR_CLASSES, ErrorClass, Outcome, ReportState

#: Number endings that are refused at once.
_REFUSALS: Mapping[str, ErrorClass] = MappingProxyType(
    {
        "01": ErrorClass.NUMBER,
        "02": ErrorClass.SENDER,
        "03": ErrorClass.ACCOUNT,
        "04": ErrorClass.THROTTLE,
        "05": ErrorClass.UNKNOWN_OUTCOME,
    }
)
_RETRY_AFTER = 30.0


def _meaning(state: ReportState, error_class: ErrorClass | None) -> StatusMeaning:
    """Return the meaning of one of the sandbox's status words."""
    sentence = ERROR_CLASSES[error_class].sentence if error_class else ""
    return StatusMeaning(state, error_class, sentence=sentence)


#: The sandbox's status words.
_STATUS_WORDS: Mapping[str, StatusMeaning] = MappingProxyType(
    {
        "accepted": _meaning(ReportState.ACCEPTED, None),
        "delivered": _meaning(ReportState.DELIVERED, None),
        "failed": _meaning(ReportState.FAILED, ErrorClass.NETWORK),
        "expired": _meaning(ReportState.EXPIRED, ErrorClass.HANDSET),
    }
)
#: Number endings whose last report is not "delivered"; None is no report at all.
_LAST_WORDS: Mapping[str, str | None] = MappingProxyType(
    {"06": "failed", "07": "expired", "08": None}
)

#: Time of sending, seconds until the last report, a token, the endings of the numbers.
_REQUEST_ID = re.compile(
    r"sandbox-(\d{1,11})-(\d{1,6})-([0-9a-f]{12})-((?:\d\d)+)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class _Job:
    """What a request's id says about it."""

    sent_at: datetime
    delay: timedelta
    token: str
    endings: tuple[str, ...]

    @classmethod
    def parse(cls, request_id: str) -> _Job:
        """Return the job an id stands for.

        :raises Rejected: when the sandbox never gave that id.
        """
        match = _REQUEST_ID.fullmatch(request_id)
        if not match:
            raise Rejected(
                ErrorClass.REQUEST, "", "The sandbox does not know this request."
            )
        sent, delay, token, endings = match.groups()
        return cls(
            datetime.fromtimestamp(int(sent), timezone.utc),
            timedelta(seconds=int(delay)),
            token,
            tuple(re.findall("..", endings)),
        )

    @property
    def request_id(self) -> str:
        """The id that stands for this job."""
        seconds = int(self.delay.total_seconds())
        sent = int(self.sent_at.timestamp())
        return f"sandbox-{sent}-{seconds}-{self.token}-{''.join(self.endings)}"

    def message_id(self, position: int) -> str:
        """Return the id of the message at a position of the request."""
        return f"{self.token}-{position:02d}"


def _utc_now() -> datetime:
    """Return the time; the sandbox has no platform that would know it."""
    return datetime.now(timezone.utc)


class SandboxClient(GatewayClient):
    """Answers by the table of this module.

    :param clock: tells the time of sending.

    Options of the account: ``delivery_seconds``, from acceptance to the last report;
    3 if it is not given.
    """

    code: ClassVar[str] = "sandbox"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_messages_per_request=50,
        polls_reports=True,
        balance=True,
        senders=True,
        pushes=True,
    )

    def __init__(
        self,
        account: Account,
        transport: Carrier | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        # There is no network to carry anything over, whatever the caller hands in.
        super().__init__(account, transport)  # type: ignore[arg-type]
        self._clock = clock

    def send(self, envelope: Envelope, messages: Sequence[OutboundSms]) -> SendReply:
        """Answer at once, by the endings of the numbers."""
        self._check_batch(messages)
        if not messages:
            return SendReply(results=())
        job = self._make_job(messages)
        results = tuple(
            _result(message.reference, ending, job.message_id(position))
            for position, (message, ending) in enumerate(
                zip(messages, job.endings, strict=True)
            )
        )
        return SendReply(results, job.request_id, raw="sandbox", status=200)

    def fetch_reports(
        self, request_id: str, now: datetime
    ) -> tuple[DeliveryReport, ...]:
        """Work the reports out from the id and the time."""
        job = _Job.parse(request_id)
        final = now >= job.sent_at + job.delay
        return tuple(
            _report(job, position, word if final else "accepted")
            for position, ending in enumerate(job.endings)
            if ending not in _REFUSALS
            and (word := _LAST_WORDS.get(ending, "delivered"))
        )

    def fetch_balance(self) -> Balance:
        """Return a figure that never falls."""
        return Balance({"Sandbox": Decimal(1000)})

    def fetch_senders(self) -> tuple[SenderId, ...]:
        """Return one sender that works."""
        return (SenderId("SANDBOX", active=True, raw_status="active"),)

    def _parse_event(
        self, item: Mapping[str, object], field_map: Mapping[str, str]
    ) -> DeliveryReport | InboundSms:
        """Return one event, so that a webhook can be tried out by hand."""
        return read_event(
            item,
            field_map,
            lambda word: _STATUS_WORDS.get(
                word.lower(), StatusMeaning(ReportState.UNKNOWN)
            ),
        )

    def _make_job(self, messages: Sequence[OutboundSms]) -> _Job:
        """Return the job of a request; our own ids make its token unlike any other."""
        references = "|".join(message.reference for message in messages)
        delay = self.account.options.get("delivery_seconds", "")
        return _Job(
            sent_at=self._clock(),
            delay=timedelta(seconds=int(delay) if delay.isdecimal() else 3),
            token=hashlib.sha256(references.encode()).hexdigest()[:12],
            endings=tuple(message.number[-2:] for message in messages),
        )


def _result(reference: str, ending: str, message_id: str) -> SendResult:
    """Return what becomes of a message whose number ends so."""
    error_class = _REFUSALS.get(ending)
    if error_class is None:
        return SendResult(reference, Outcome.ACCEPTED, message_id=message_id)
    if error_class is ErrorClass.UNKNOWN_OUTCOME:
        return unknown(reference)
    sentence = ERROR_CLASSES[error_class].sentence
    result = refusal(reference, error_class, ending, sentence)
    if error_class is ErrorClass.THROTTLE:
        return replace(result, retry_after=_RETRY_AFTER)
    return result


def _report(job: _Job, position: int, word: str) -> DeliveryReport:
    """Return the report of one message of a job."""
    meaning = _STATUS_WORDS[word]
    final = meaning.state is not ReportState.ACCEPTED
    return DeliveryReport(
        message_id=job.message_id(position),
        request_id=job.request_id,
        state=meaning.state,
        raw_status=word,
        error_class=meaning.error_class,
        sentence=meaning.sentence,
        occurred_at=job.sent_at + job.delay if final else job.sent_at,
    )
