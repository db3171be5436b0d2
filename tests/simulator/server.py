"""The HTTP side of the simulator: routes, faults on the wire, and the control calls."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from . import dialect, iap, twilio

if TYPE_CHECKING:
    from .faults import Verdict
    from .simulator import Simulator

_HTML = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"
_JSON_TYPE = "application/json; charset=utf-8"


class _Server(ThreadingHTTPServer):
    """One thread for each connection; a queue long enough for a burst of them."""

    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers that went away: faults make them do so."""


def make_server(simulator: Simulator, host: str, port: int) -> _Server:
    """Return the server of a simulator; it listens already."""
    handler = type("Handler", (_Handler,), {"simulator": simulator})
    return _Server((host, port), handler)


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    simulator: Simulator
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Answer a question, or a request to send in a URL."""
        self._route()

    def do_POST(self) -> None:
        """Answer a request to send, or a control call."""
        self._route()

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing: the log of acceptances is the record."""

    # === ROUTES ===

    def _route(self) -> None:
        """Read the request and hand it to the function of its path."""
        parts = urlsplit(self.path)
        self._body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._query = dict(parse_qsl(parts.query, keep_blank_values=True))
        routes: dict[str, Callable[[], None]] = {
            "/api/mt/sendsms": self._platform(self._send),
            "/api/mt/getdelivery": self._platform(self._reports),
            "/api/mt/getbalance": self._platform(self._balance),
            "/api/mt/getsenderid": self._platform(self._senders),
            iap.PATH: self._platform(self._send_by_iap),
            "/_control": self._control,
            "/_stats": lambda: self._answer_json(self.simulator.stats()),
            "/_log": self._log,
            "/_inbound": self._inbound,
            "/_push": lambda: self._pushed(self.simulator.push(json.loads(self._body))),
        }
        route = routes.get(parts.path.lower())
        if parts.path.lower().startswith(twilio.PREFIX):
            route = self._platform(self._send_by_twilio)
        if route is None:
            self._answer(404, _HTML, "text/html")
            return
        route()

    def _platform(self, call: Callable[[], None]) -> Callable[[], None]:
        """Return a call of the platform, under its rate limit and with its errors."""

        def limited() -> None:
            wait = self.simulator.traffic.note(self.simulator.settings.rate)
            if wait is not None:
                self._answer(429, b"", "text/plain", {"Retry-After": f"{wait:g}"})
                return
            try:
                call()
            except dialect.Refusal as refusal:
                self._answer_json(dialect.refused(refusal.code))

        return limited

    def _fields(self) -> dict[str, str]:
        """Return the fields of the query and of a form body."""
        return {**self._query, **dict(parse_qsl(self._body.decode("utf-8", "replace")))}

    def _authorise(self) -> dict[str, str]:
        """Return the fields of a question whose key is right."""
        fields = {name.lower(): value for name, value in self._fields().items()}
        dialect.check_key(fields.get("apikey", ""), self.simulator.settings.api_key)
        return fields

    # === PLATFORM ===

    def _send(self) -> None:
        """Take messages, or misbehave as the rules say."""
        simulator = self.simulator
        request_no = simulator.next_request_no()
        if "json" in (self.headers.get("Content-Type") or ""):
            request = dialect.SendRequest.from_json(self._body)
        else:
            request = dialect.SendRequest.from_fields(self._fields())
        verdict = simulator.judge(request_no, request)
        # A caller that dies while it waits does so before or after the acceptance.
        simulator.wait(0.5)
        if self._fail_before_accepting(verdict):
            return
        request.check(simulator.settings.api_key, simulator.settings.dlt)
        job_id, entries = simulator.accept(request_no, request, verdict)
        simulator.wait(0.5)
        self._answer_accepted(verdict, job_id, entries)

    def _send_by_twilio(self) -> None:
        """Take one text in Twilio's dialect; the rules hold here too."""
        simulator, fields = self.simulator, self._fields()
        request_no, request = simulator.next_request_no(), twilio.read(fields)
        verdict = simulator.judge(request_no, request)
        simulator.wait(0.5)
        if self._fail_before_accepting(verdict):
            return
        _job, [(_number, sid)] = simulator.accept(request_no, request, verdict)
        if verdict.fault == "push_before_answer":
            status = twilio.call_back(
                fields.get("StatusCallback", ""), sid, "delivered"
            )
            simulator.answers[f"callback:{status}"] += 1
        simulator.wait(0.5)
        self._answer_json(twilio.answer(sid, request), 201)

    def _send_by_iap(self) -> None:
        """Take many texts in the dialect of Odoo's own service."""
        simulator = self.simulator
        request_no = simulator.next_request_no()
        request, references = iap.read(self._body)
        verdict = simulator.judge(request_no, request)
        simulator.wait(0.5)
        simulator.accept(request_no, request, verdict)
        simulator.wait(0.5)
        self._answer_json(iap.answer(references))

    def _reports(self) -> None:
        """Tell what became of a job."""
        fields = self._authorise()
        self.simulator.wait()
        reports = self.simulator.reports(fields.get("jobid", ""))
        self._answer_json(dialect.reports(reports))

    def _balance(self) -> None:
        """Tell the credit."""
        self._authorise()
        self._answer_json(dialect.balance(self.simulator.settings.credit))

    def _senders(self) -> None:
        """Tell the senders."""
        self._authorise()
        self._answer_json(dialect.senders(["HUBTST", "HUBNEW", "+14155550199"]))

    def _fail_before_accepting(self, verdict: Verdict) -> bool:
        """Answer a request that is not accepted; say whether it was one."""
        fault = verdict.fault
        if fault.startswith("reject:"):
            raise dialect.Refusal(fault.partition(":")[2])
        plain: dict[str, Callable[[], None]] = {
            "http_429": lambda: self._answer(
                429, b"", "text/plain", {"Retry-After": self._retry_after()}
            ),
            "http_503": lambda: self._answer(503, _HTML, "text/html"),
            "http_500_not_accepted": lambda: self._answer(500, _HTML, "text/html"),
            "html_not_accepted": lambda: self._answer(200, _HTML, "text/html"),
            "reset_before_accept": self._reset,
        }
        if fault in plain:
            plain[fault]()
        return fault in plain

    def _retry_after(self) -> str:
        """Return what a refused request is asked to wait."""
        return f"{self.simulator.settings.retry_after:g}"

    def _answer_accepted(
        self, verdict: Verdict, job_id: str, entries: list[tuple[str, str]]
    ) -> None:
        """Answer a request that was accepted, in the way the rules say."""
        answer = _bend(verdict, dialect.accepted(job_id, entries))
        body = json.dumps(answer).encode()
        wire: dict[str, Callable[[], None]] = {
            "accept_then_500": lambda: self._answer(500, _HTML, "text/html"),
            "accept_then_502": lambda: self._answer(502, _HTML, "text/html"),
            "accept_then_reset": self._reset,
            "accept_then_timeout": self._hang,
            "accept_truncated_json": lambda: self._answer(200, body[: len(body) // 2]),
            "accept_html": lambda: self._answer(200, _HTML, "text/html"),
            "drip": lambda: self._drip(body),
        }
        wire.get(verdict.fault, lambda: self._answer(200, body))()

    # === CONTROL ===

    def _control(self) -> None:
        """Change settings."""
        try:
            self._answer_json(self.simulator.control(**json.loads(self._body or b"{}")))
        except (ValueError, TypeError) as err:
            self._answer(400, str(err).encode(), "text/plain")

    def _log(self) -> None:
        """Return the acceptances as JSON lines."""
        lines = "".join(json.dumps(entry) + "\n" for entry in self.simulator.accepted())
        self._answer(200, lines.encode(), "application/x-ndjson")

    def _inbound(self) -> None:
        """Push a message from a person."""
        event = json.loads(self._body)
        self._pushed(
            self.simulator.inbound(event["from"], event["to"], event.get("text", ""))
        )

    def _pushed(self, status: int) -> None:
        """Tell what the webhook answered."""
        self._answer_json({"status": status}, 200 if 200 <= status < 300 else 502)

    # === WIRE ===

    def _answer_json(self, value: Any, status: int = 200) -> None:
        """Answer with JSON."""
        self._answer(status, json.dumps(value).encode())

    def _answer(
        self,
        status: int,
        body: bytes,
        content_type: str = _JSON_TYPE,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer with a whole body."""
        self._head(status, len(body), content_type, headers or {})
        self.wfile.write(body)

    def _head(
        self, status: int, length: int, content_type: str, headers: dict[str, str]
    ) -> None:
        """Write status and headers."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _drip(self, body: bytes) -> None:
        """Answer a byte at a time, for as long as a request may hang."""
        simulator = self.simulator
        self._head(200, len(body), _JSON_TYPE, {})
        for position in range(len(body)):
            self.wfile.write(body[position : position + 1])
            self.wfile.flush()
            if simulator.stopped.wait(simulator.settings.drip_seconds):
                return

    def _hang(self) -> None:
        """Give no answer and close the connection after a long while."""
        self.simulator.stopped.wait(self.simulator.settings.hang_seconds)
        self.close_connection = True

    def _reset(self) -> None:
        """Close the connection with a reset instead of an end."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # Both file objects hold the socket open; only then does closing reset it.
        self.rfile.close()
        self.connection.close()


def _bend(verdict: Verdict, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with the fault of its content, if it has one."""
    entries = answer["MessageData"]
    if verdict.fault == "missing_entry":
        kept = [entry for n, entry in enumerate(entries) if n not in verdict.hit]
        # When every message was meant, one entry is missing all the same.
        answer["MessageData"] = kept or entries[:-1]
    elif verdict.fault == "duplicate_entry":
        answer["MessageData"] = [*entries, *(entries[n] for n in sorted(verdict.hit))]
    elif verdict.fault == "unpadded_code":
        answer["ErrorCode"] = 0
    elif verdict.fault == "null_fields":
        answer.update(ErrorMessage=None, JobId=None, MessageData=None)
    return answer
