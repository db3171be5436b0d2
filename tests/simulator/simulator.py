"""The simulator in one process with a test, or behind the command line."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any

from . import dialect
from .acceptance import AcceptanceLog, Entry
from .faults import MIXED, Rulebook, Verdict
from .pusher import Pusher, PushTarget
from .server import make_server

#: What people answer to a question.
ANSWERS = (
    "Yes, that suits me. Thank you!",
    "Could we do it tomorrow morning instead?",
    "Please call me this afternoon.",
)
_INDIA = timezone(timedelta(hours=5, minutes=30))


@dataclass
class Settings:
    """What can be set, at the start and while running.

    :param latency_ms: milliseconds a request takes, or the least and the most.
    :param rate: requests the account may make in a second; 0 for any number.
    :param dlr_after: seconds from acceptance to the final report.
    :param dlt: ask for the ids of the Indian operators' registers.
    :param mixed: answer in every way there is, chosen by the ends of the numbers.
    :param answer_after: seconds from a delivered question to the person's answer; 0
        for people who never answer.
    :param hang_seconds: how long a request that gets no answer is held.
    :param drip_seconds: between two bytes of an answer that drips.
    :param retry_after: seconds that a request refused with 429 is asked to wait.
    :param credit: what is left on the account.
    """

    api_key: str = "sim-key"
    latency_ms: float | tuple[float, float] = 0
    rate: int = 0
    dlr_after: float = 1.0
    answer_after: float = 0
    push_url: str = ""
    push_secret: str = ""
    dlt: bool = False
    mixed: bool = False
    hang_seconds: float = 60.0
    drip_seconds: float = 0.5
    retry_after: float = 1.0
    credit: int = 1000
    faults: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message of a job."""

    message_id: str
    number: str
    sender: str
    accepted_at: float
    #: Word of its final report; None when there will be none.
    word: str | None


class _Traffic:
    """Counts requests, and the most there were in any one second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()
        self._window_start = 0
        self._in_window = 0
        self.total = 0
        self.peak = 0

    def note(self, rate: int) -> float | None:
        """Count a request; return the seconds to wait when it is one too many."""
        now = time.monotonic()
        with self._lock:
            self.total += 1
            self._recent.append(now)
            while self._recent[0] <= now - 1:
                self._recent.popleft()
            self.peak = max(self.peak, len(self._recent))
            if not rate:
                return None
            if int(now) != self._window_start:
                self._window_start, self._in_window = int(now), 0
            self._in_window += 1
            return 1.0 if self._in_window > rate else None


class _Patience:
    """Remembers until when each number is to be left alone, and who did not wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self.early = 0

    def note(self, numbers: Sequence[str]) -> None:
        """Count those that come before the time they were told."""
        now = time.monotonic()
        with self._lock:
            self.early += sum(self._until.get(number, now) > now for number in numbers)

    def ask(self, numbers: Sequence[str], seconds: float) -> None:
        """Ask for patience."""
        with self._lock:
            self._until.update(dict.fromkeys(numbers, time.monotonic() + seconds))


class Simulator:
    """A platform on an address of its own; use it as a context or start and stop it.

    :param log: file the acceptances are appended to; whoever was killed is told by it
        what there was to report on.
    :param port: 0 for any free one.
    :param settings: fields of ``Settings``.
    """

    def __init__(
        self,
        log: str | Path,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        **settings: Any,
    ) -> None:
        self.settings = Settings()
        self.log = AcceptanceLog(log)
        self.traffic = _Traffic()
        self.patience = _Patience()
        self.stopped = threading.Event()
        self.answers: Counter[str] = Counter()
        self._rules = Rulebook()
        self._jobs = self._remembered()
        self._request_numbers = itertools.count(1)
        self._job_ids = itertools.count(int(time.time() * 1000))
        self._target = PushTarget()
        self._pusher = Pusher(self._target)
        self.control(**settings)
        self._server = make_server(self, host, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )

    def _remembered(self) -> dict[str, list[_Sent]]:
        """Return the jobs of an earlier run that wrote the same log."""
        jobs: dict[str, list[_Sent]] = {}
        known = ("message_id", "number", "sender", "at", "report")
        for line in self.log.entries():
            # a log of before the report was noted there tells of none
            sent = _Sent(*(line.get(name) for name in known))
            jobs.setdefault(line["job_id"], []).append(sent)
        return jobs

    # === RUNNING ===

    @property
    def url(self) -> str:
        """The base URL of the platform."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Answer requests from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Let go of every request and close the log."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._pusher.stop()
        self.log.close()

    def __enter__(self) -> Simulator:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    # === STEERING ===

    def control(self, **changes: Any) -> dict[str, Any]:
        """Change settings and return all of them.

        :raises ValueError: when there is no such setting or fault.
        """
        fields = asdict(self.settings)
        if unknown := set(changes) - set(fields):
            raise ValueError(f"There is no setting {', '.join(sorted(unknown))}.")
        settings = Settings(**{**fields, **changes})
        if {"faults", "mixed"} & set(changes):
            self._rules.replace([*settings.faults, *(MIXED if settings.mixed else ())])
        self.settings = settings
        self._target.url, self._target.secret = settings.push_url, settings.push_secret
        return asdict(settings)

    def accepted(self) -> list[Entry]:
        """Return everything accepted so far."""
        return self.log.entries()

    def stats(self) -> dict[str, Any]:
        """Return what has happened so far, in figures."""
        return {
            "requests": self.traffic.total,
            "accepted": self.log.count(),
            "max_requests_per_second": self.traffic.peak,
            "early_retries": self.patience.early,
            "pushed": self._pusher.pushed,
            "push_failed": self._pusher.failed,
            "pushes_waiting": self._pusher.waiting(),
            "faults": dict(self.answers),
        }

    def push(self, event: Any) -> int:
        """Push any event; return the HTTP status, 0 when nobody answered."""
        return self._pusher.now(event)

    def inbound(self, from_number: str, to_number: str, text: str) -> int:
        """Push a message from a person; return the HTTP status."""
        return self.push(_inbound_event(from_number, to_number, text, time.time()))

    # === THE PLATFORM'S WORK ===

    def next_request_no(self) -> int:
        """Return the number of a request to send, counted from 1."""
        return next(self._request_numbers)

    def judge(self, request_no: int, request: dialect.SendRequest) -> Verdict:
        """Return what befalls a request, and count it."""
        numbers = [message.number for message in request.messages]
        self.patience.note(numbers)
        verdict = self._rules.judge(
            request_no,
            [(message.number, message.text) for message in request.messages],
            request.sender,
        )
        words = [
            verdict.fault,
            *(f"report:{word}" for word in verdict.reports.values()),
        ]
        self.answers.update(word for word in words if word)
        if verdict.fault == "http_429":
            self.patience.ask(numbers, self.settings.retry_after)
        return verdict

    def wait(self, share: float = 1.0) -> None:
        """Take a share of the time a request takes."""
        latency = self.settings.latency_ms
        if not isinstance(latency, (int, float)):
            latency = random.uniform(*latency)
        if latency:
            self.stopped.wait(latency * share / 1000)

    def accept(
        self, request_no: int, request: dialect.SendRequest, verdict: Verdict
    ) -> tuple[str, list[tuple[str, str]]]:
        """Take the messages, on disk; return the job id and number and id of each."""
        job_id = str(next(self._job_ids))
        now = time.time()
        sent = [
            _Sent(
                dialect.new_message_id(),
                message.number,
                request.sender,
                now,
                verdict.reports.get(position, "Delivered"),
            )
            for position, message in enumerate(request.messages)
        ]
        self.log.append(
            [
                {
                    "at": now,
                    "number": message.number,
                    "text": message.text,
                    "sender": request.sender,
                    "job_id": job_id,
                    "message_id": entry.message_id,
                    "request_no": request_no,
                    "report": entry.word,
                }
                for message, entry in zip(request.messages, sent, strict=True)
            ]
        )
        self._jobs[job_id] = sent
        self._push_reports(sent, at_once=verdict.fault == "push_before_answer")
        self._push_answers(request.messages, sent)
        return job_id, [(entry.number, entry.message_id) for entry in sent]

    def reports(self, job_id: str) -> list[tuple[str, str, str]]:
        """Return id, word and time of the messages of a job.

        :raises Refusal: when there is no such job.
        """
        if job_id not in self._jobs:
            raise dialect.Refusal("022")
        return [
            (entry.message_id, word, _indian(at))
            for entry in self._jobs[job_id]
            for word, at in self._reports_so_far(entry)
        ]

    def _reports_so_far(self, entry: _Sent) -> list[tuple[str, float]]:
        """Return the last report there is about a message, if there is one."""
        final_at = entry.accepted_at + self.settings.dlr_after
        if entry.word is None:
            return []
        if time.time() < final_at:
            return [("Submitted", entry.accepted_at)]
        return [(entry.word, final_at)]

    def _push_reports(self, sent: Sequence[_Sent], *, at_once: bool) -> None:
        """Push the final report of each message, before the answer or in its time."""
        if not self._target.url:
            return
        for entry in sent:
            if entry.word is not None:
                event = _report_event(
                    entry, entry.accepted_at + self.settings.dlr_after
                )
                if at_once:
                    self._pusher.now(event)
                else:
                    self._pusher.later(event, self.settings.dlr_after)

    def _push_answers(
        self, messages: Sequence[dialect.Message], sent: Sequence[_Sent]
    ) -> None:
        """Let people answer the questions that reach them."""
        wait = self.settings.answer_after
        if not wait or not self._target.url:
            return
        for message, entry in zip(messages, sent, strict=True):
            if message.text.rstrip().endswith("?") and entry.word == "Delivered":
                answer = ANSWERS[len(message.text) % len(ANSWERS)]
                at = entry.accepted_at + self.settings.dlr_after + wait
                event = _inbound_event(entry.number, entry.sender, answer, at)
                self._pusher.later(event, self.settings.dlr_after + wait)


def _inbound_event(
    from_number: str, to_number: str, text: str, at: float
) -> dict[str, Any]:
    """Return the push of a message that a person sent."""
    return {
        "type": "inbound",
        "message_id": dialect.new_message_id(),
        "from": from_number,
        "to": to_number,
        "text": text,
        "delivered_at": _iso(at),
        "metadata": {},
    }


def _report_event(entry: _Sent, at: float) -> dict[str, Any]:
    """Return the push of a final report."""
    return {
        "type": "dlr",
        "message_id": entry.message_id,
        "to": entry.number,
        "from": entry.sender,
        "status": entry.word,
        "delivered_at": _iso(at),
        "text": "",
        "metadata": {},
    }


def _iso(at: float) -> str:
    """Return a time with its zone."""
    return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="seconds")


def _indian(at: float) -> str:
    """Return a time as the platform's reports write it: Indian, without a zone."""
    moment = datetime.fromtimestamp(at, _INDIA).replace(tzinfo=None)
    return moment.isoformat(timespec="seconds")
