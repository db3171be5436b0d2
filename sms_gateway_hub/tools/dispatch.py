"""What a slice of the dispatcher carries to its threads: plain values, no cursor."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import NamedTuple

from odoo.exceptions import UserError

from ..gateway.messages import Envelope, OutboundSms, SendReply, SendResult
from ..gateway.transport import Transport
from ..gateway.vocabulary import Encoding, ErrorClass, Outcome
from ..policy import Slot

_logger = logging.getLogger(__name__)

#: In the order in which a slice serves them.
LANES = ("urgent", "transactional", "marketing")
#: A slice ends after this time, so that the other jobs of the worker get their turn.
SLICE_SECONDS = 10.0
#: What is claimed leaves within this time.
AHEAD_SECONDS = 2.0
#: At the latest after this one, as moments are not booked to the very limit of a rate.
LATEST_SECONDS = 2.5
#: No more is claimed ahead of a rate than for these seconds. Those of a long queue are
#: fewer: whatever comes next waits for them.
AHEAD_OF_RATE = {"urgent": AHEAD_SECONDS, "transactional": 1.0, "marketing": 0.5}
#: Threads that only urgent messages may use.
URGENT_RESERVE = 2
#: More threads, for asking about reports beside the texts.
ASKING = 5


class Batch:
    """The messages of one request, and the rows they come from."""

    def __init__(self, envelope, row, sms):
        self.envelope = envelope
        self.rows = [row]
        self.messages = [sms]

    @property
    def segments(self):
        """The parts of all its texts."""
        return sum(row["segments"] for row in self.rows)

    def accepts(self, row, sms):
        """Tell whether the message may join.

        Its number has to be new, nobody may be alone, and what its sender may send in
        a second has to suffice for all.
        """
        if row["alone"] or self.rows[0]["alone"]:
            return False
        if 0 < row["most_segments"] < self.segments + row["segments"]:
            return False
        return all(one.number != sms.number for one in self.messages)

    def add(self, row, sms):
        """Let one more message travel in this request."""
        self.rows.append(row)
        self.messages.append(sms)

    def ids(self):
        """Return the ids of the ledger rows."""
        return [row["id"] for row in self.rows]


class Claim(NamedTuple):
    """What a look into the queue led to; true if there is something to hand over.

    :param work: what is to be handed over
    :param refused: how many messages the gate held or refused meanwhile
    """

    work: list
    refused: int = 0

    def __bool__(self):
        return bool(self.work)


class DispatchSettings:
    """What a slice has to know of a gateway, read once and free of any cursor.

    :param lanes: which ones the slice serves, in this order
    """

    def __init__(self, gateway, lanes=LANES):
        self.gateway_id = gateway.id
        self.lanes = lanes
        self.account_key = gateway._account_key()
        self.rate = gateway.rate
        self.bulk_size = gateway.bulk_size
        self.parallel = gateway.parallel_requests
        self.reserve = min(URGENT_RESERVE, gateway.parallel_requests - 1)
        if "urgent" not in lanes:
            self.reserve = 0
        self.lease = timedelta(
            seconds=gateway.connect_timeout
            + gateway.read_timeout
            + SLICE_SECONDS
            + LATEST_SECONDS
        )
        self.route = gateway.route or ""
        self.entity_id = gateway.entity_id or ""
        senders = gateway.with_context(active_test=False).sender_ids
        #: senders that are registered by another entity than the account
        self._entity_ids = {one.id: one.entity_id for one in senders if one.entity_id}
        self._transport = Transport(pool_maxsize=gateway.parallel_requests + ASKING)
        #: safe to use from several threads
        self.client = gateway._make_client(self._transport)
        limit = self.client.capabilities.max_messages_per_request
        self.bulk_size = min(self.bulk_size, limit)

    @classmethod
    def of(cls, gateways, lanes=LANES):
        """Return the settings of those gateways that can be used.

        A key that cannot be opened, or a provider's own bug, stops its gateway alone.
        """
        found = []
        for gateway in gateways:
            try:
                found.append(cls(gateway, lanes))
            except UserError as error:
                _logger.error("%s sends nothing: %s", gateway.name, error)
            except Exception:
                _logger.exception("%s sends nothing.", gateway.name)
        return found

    def __enter__(self):
        self._pool = ThreadPoolExecutor(self.parallel + ASKING, "sms-hub")
        return self

    def __exit__(self, *_error):
        self._pool.shutdown()
        self._transport.close()

    def run(self, function, *args):
        """Run ``function(client, *args)`` on a free thread; return its future."""
        return self._pool.submit(function, self.client, *args)

    def envelope(self, row):
        """Return what a row's request says about itself."""
        return Envelope(
            sender=row["sender"] or "",
            purpose=row["purpose"],
            encoding=Encoding(row["encoding"]),
            route=self.route,
            entity_id=self._entity_ids.get(row["sender_id"], self.entity_id),
        )


def to_sms(row):
    """Return the message of a claimed row as the client takes it."""
    return OutboundSms(
        reference=row["uuid"],
        number=row["number"],
        text=row["body"],
        template_id=row["template_ref"] or "",
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for a batch, and when (naive UTC).

    :param reply: ``None`` if the batch missed its moment, and nothing was sent.
    """

    batch: Batch
    reply: SendReply | None
    started_at: datetime
    ended_at: datetime


def at_once():
    """Return the slot of what no rate holds back: now, while its claim is new."""
    now = time.monotonic()
    return Slot(now, now + AHEAD_SECONDS)


def wait_for(slot):
    """Wait for a booked moment; tell whether it is not over when we wake up.

    A thread may wake up late: others were busy, or the whole computer was asleep.
    """
    time.sleep(max(0.0, slot.opens - time.monotonic()))
    return slot.is_open(time.monotonic())


def hand_over(client, batch, slot):
    """Run in a thread: wait for the reserved moment, send, and time the answer."""
    is_time = wait_for(slot)
    started = utcnow()
    if not is_time:
        return Answer(batch, None, started, started)
    try:
        reply = client.send(batch.envelope, batch.messages)
    except Exception:
        # a provider's own bug must not cost us the row: it may have been sent
        _logger.exception("A provider failed on a batch; its messages are unknown.")
        reply = SendReply(
            results=tuple(
                SendResult(
                    reference=sms.reference,
                    outcome=Outcome.UNKNOWN,
                    error_class=ErrorClass.UNKNOWN_OUTCOME,
                )
                for sms in batch.messages
            )
        )
    return Answer(batch, reply, started, utcnow())


def utcnow():
    """Return the moment as columns hold it: of no zone, to the microsecond."""
    return datetime.now(timezone.utc).replace(tzinfo=None)
