"""What every provider promises, as tests a provider's own addon can run.

Derive from ``GatewayClientContract`` and ``unittest.TestCase`` (or Odoo's), name the
client class and the folder of replies; nothing here touches a network. A reply is a
JSON file ``{"status": 200, "headers": {…}, "body": …}`` whose body is an object, a list
or a text, written for the numbers of ``MESSAGES``:

=========================  =====================================================
``accepted_one``           the first message alone, accepted
``accepted_many``          all messages, accepted
``partial``                as before, without the entry of the last message
``duplicate_entry``        as ``accepted_many``, one entry twice
``rejected_one``           the first message alone, refused
``reports``                states of earlier messages
``reports_unknown_word``   one report with a status nobody has seen
``balance``, ``senders``   the answers to those questions
``event_dlr``              the body of a pushed delivery report
``event_inbound``          the body of a pushed message from a person
=========================  =====================================================

Files of what the provider's ``capabilities`` rule out are not asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .client import GatewayClient
from .contract_base import MESSAGES, SECRET, ClientContract, FakeCarrier, captured_logs
from .errors import GatewayError, OutcomeUnknown, Retryable
from .exchange import HttpResponse
from .messages import InboundSms, SendReply
from .vocabulary import ErrorClass, EventKind, Outcome, ReportState

__all__ = ["MESSAGES", "ClientContract", "FakeCarrier", "GatewayClientContract"]

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=timezone.utc)
HTML_PAGE = b"<!DOCTYPE html><html><body>Just a moment...</body></html>"


class GatewayClientContract(ClientContract):
    """What a client of a platform with an HTTP interface promises."""

    #: Folder of the replies; see the docstring of this module.
    fixtures: Path

    # === FIXTURES ===

    def reply(self, name: str) -> HttpResponse:
        """Return a reply from its file."""
        recorded = json.loads((self.fixtures / f"{name}.json").read_text("utf-8"))
        body = recorded["body"]
        text = body if isinstance(body, str) else json.dumps(body)
        return HttpResponse(
            recorded.get("status", 200), text.encode(), recorded.get("headers", {})
        )

    def send_one(self, *answers: HttpResponse | GatewayError) -> SendReply:
        """Hand over the first message."""
        return self.make_client(*answers).send(self.envelope, self.messages[:1])

    def send_many(self, *answers: HttpResponse | GatewayError) -> SendReply:
        """Hand over a full request."""
        return self.make_client(*answers).send(self.envelope, self.batch())

    def accepted(self) -> HttpResponse:
        """Return the reply that accepts a full request."""
        return self.reply("accepted_many" if len(self.batch()) > 1 else "accepted_one")

    def needs(self, capability: str) -> None:
        """Skip a test of what the platform does not offer."""
        if not getattr(self.client_class.capabilities, capability):
            self.skipTest(f"The platform has no {capability}.")

    def needs_batches(self) -> None:
        """Skip a test of requests with several messages."""
        if len(self.batch()) < len(self.messages):
            self.skipTest("The platform takes one message per request.")

    # === SENDING ===

    def test_accepted_message_has_both_ids(self) -> None:
        reply = self.send_one(self.reply("accepted_one"))
        self.assertEqual(reply.results[0].outcome, Outcome.ACCEPTED)
        self.assertTrue(reply.results[0].message_id)
        self.assertIsNone(reply.results[0].error_class)
        if self.client_class.capabilities.polls_reports:
            self.assertTrue(reply.request_id)

    def test_accepted_messages_have_ids_of_their_own(self) -> None:
        reply = self.send_many(self.accepted())
        self.assert_one_result_each(reply)
        self.assertEqual(outcomes(reply), {Outcome.ACCEPTED})
        ids = {result.message_id for result in reply.results}
        self.assertEqual(len(ids), len(reply.results))

    def test_missing_entry_leaves_only_its_message_unknown(self) -> None:
        self.needs_batches()
        reply = self.send_many(self.reply("partial"))
        self.assert_one_result_each(reply)
        *named, missing = reply.results
        self.assertEqual({result.outcome for result in named}, {Outcome.ACCEPTED})
        self.assertEqual(missing.outcome, Outcome.UNKNOWN)
        self.assertTrue(missing.sentence)

    def test_entry_twice_changes_nothing(self) -> None:
        self.needs_batches()
        reply = self.send_many(self.reply("duplicate_entry"))
        self.assert_one_result_each(reply)
        self.assertEqual(outcomes(reply), {Outcome.ACCEPTED})

    def test_refused_message_says_why(self) -> None:
        (result,) = self.send_one(self.reply("rejected_one")).results
        self.assertIn(result.outcome, {Outcome.REJECTED, Outcome.RETRYABLE})
        self.assertIsInstance(result.error_class, ErrorClass)
        self.assertTrue(result.sentence)
        self.assertEqual(result.message_id, "")

    def test_unreadable_answer_leaves_every_message_unknown(self) -> None:
        whole = self.accepted().body
        for body in (b"", HTML_PAGE, b"null", b"[]", b"{}", whole[: len(whole) // 2]):
            with self.subTest(body=body):
                reply = self.send_many(HttpResponse(200, body))
                self.assert_one_result_each(reply)
                self.assertEqual(outcomes(reply), {Outcome.UNKNOWN})

    def test_server_failure_leaves_every_message_unknown(self) -> None:
        for status in (500, 502, 504, 520):
            with self.subTest(status=status):
                reply = self.send_many(HttpResponse(status, HTML_PAGE))
                self.assertEqual(outcomes(reply), {Outcome.UNKNOWN})

    def test_throttling_is_retried_when_the_platform_says(self) -> None:
        for status, expected in (
            (429, ErrorClass.THROTTLE),
            (503, ErrorClass.GATEWAY_DOWN),
        ):
            with self.subTest(status=status):
                answer = HttpResponse(status, HTML_PAGE, {"retry-after": "7"})
                reply = self.send_many(answer)
                self.assert_one_result_each(reply)
                self.assertEqual(outcomes(reply), {Outcome.RETRYABLE})
                self.assertEqual(reply.results[0].error_class, expected)
                self.assertEqual(reply.results[0].retry_after, 7.0)

    def test_refused_access_is_the_account_s_matter(self) -> None:
        for status in (401, 403):
            with self.subTest(status=status):
                reply = self.send_many(HttpResponse(status, HTML_PAGE))
                self.assertEqual(outcomes(reply), {Outcome.RETRYABLE})
                self.assertEqual(reply.results[0].error_class, ErrorClass.ACCOUNT)

    def test_broken_connection_leaves_every_message_unknown(self) -> None:
        reply = self.send_many(OutcomeUnknown("The connection broke."))
        self.assert_one_result_each(reply)
        self.assertEqual(outcomes(reply), {Outcome.UNKNOWN})

    def test_unreached_platform_is_retried(self) -> None:
        reply = self.send_many(Retryable("Not reached."))
        self.assert_one_result_each(reply)
        self.assertEqual(outcomes(reply), {Outcome.RETRYABLE})

    def test_sending_makes_exactly_one_request(self) -> None:
        self.send_many(self.accepted())
        self.assertEqual(len(self.carrier.requests), 1)

    def test_broken_character_is_refused_before_sending(self) -> None:
        broken = replace(self.messages[0], text="half \ud83d")
        reply = self.make_client().send(self.envelope, [broken])
        self.assertEqual(outcomes(reply), {Outcome.REJECTED})
        self.assertEqual(self.carrier.requests, [])

    # === ASKING ===

    def test_reports_carry_state_and_word(self) -> None:
        self.needs("polls_reports")
        client = self.make_client(self.reply("reports"))
        reports = client.fetch_reports("request-1", NOW)
        self.assertTrue(reports)
        for report in reports:
            with self.subTest(report=report):
                self.assertIsInstance(report.state, ReportState)
                self.assertTrue(report.message_id)
                self.assertTrue(report.raw_status)
                self.assert_aware(report.occurred_at)

    def test_unknown_word_changes_nothing_and_is_kept(self) -> None:
        self.needs("polls_reports")
        client = self.make_client(self.reply("reports_unknown_word"))
        (report,) = client.fetch_reports("request-1", NOW)
        self.assertEqual(report.state, ReportState.UNKNOWN)
        self.assertTrue(report.raw_status)

    def test_balance_is_read(self) -> None:
        self.needs("balance")
        balance = self.make_client(self.reply("balance")).fetch_balance()
        self.assertTrue(balance.parts)

    def test_senders_are_read(self) -> None:
        self.needs("senders")
        senders = self.make_client(self.reply("senders")).fetch_senders()
        self.assertTrue(senders)
        self.assertTrue(all(sender.name for sender in senders))

    def test_unanswered_question_raises_our_error(self) -> None:
        for question in self.questions():
            for answer in (
                HttpResponse(200, HTML_PAGE),
                HttpResponse(500, b""),
                HttpResponse(403, HTML_PAGE),
                OutcomeUnknown("The connection broke."),
            ):
                with self.subTest(answer=answer), self.assertRaises(GatewayError):
                    question(self.make_client(answer))

    def questions(self) -> Iterator[Callable[[GatewayClient], Any]]:
        """Yield the questions the platform answers."""
        capabilities = self.client_class.capabilities
        if capabilities.polls_reports:
            yield lambda client: client.fetch_reports("request-1", NOW)
        if capabilities.balance:
            yield lambda client: client.fetch_balance()
        if capabilities.senders:
            yield lambda client: client.fetch_senders()

    # === EVENTS ===

    def test_pushed_report_is_read(self) -> None:
        self.needs("pushes")
        body = self.reply("event_dlr").body
        parsed = self.make_client().parse_events("application/json", body, {}, {})
        self.assertEqual(parsed.refused, ())
        (event,) = parsed.events
        self.assertEqual(event.kind, EventKind.DLR)
        self.assertTrue(event.message_id)
        self.assert_aware(event.occurred_at)

    def test_pushed_message_is_read(self) -> None:
        self.needs("pushes")
        body = self.reply("event_inbound").body
        parsed = self.make_client().parse_events("application/json", body, {}, {})
        self.assertEqual(parsed.refused, ())
        (event,) = parsed.events
        if not isinstance(event, InboundSms):
            self.fail("The pushed message is not read as one.")
        self.assertTrue(event.from_number)
        self.assertTrue(event.text)

    # === SECRETS ===

    def test_key_leaks_nowhere(self) -> None:
        echo = f'{{"error": "key {SECRET} unknown"}}'.encode()
        answers = (
            self.accepted(),
            HttpResponse(200, echo),
            HttpResponse(403, echo),
            HttpResponse(500, echo),
            OutcomeUnknown("The connection broke."),
        )
        for answer in answers:
            with self.subTest(answer=answer), captured_logs() as log_text:
                reply = self.send_many(answer)
                self.assertNotIn(SECRET, repr(reply))
                self.assertNotIn(SECRET, repr(self.carrier.requests))
                self.assertNotIn(SECRET, log_text())
        for question in self.questions():
            with (
                self.subTest(question=question),
                self.assertRaises(GatewayError) as got,
            ):
                question(self.make_client(HttpResponse(200, echo)))
            self.assertNotIn(SECRET, repr(vars(got.exception)) + str(got.exception))

    # === HELPERS ===

    def assert_one_result_each(self, reply: SendReply) -> None:
        """Check that every message has its result, in order."""
        self.assertEqual(
            [result.reference for result in reply.results],
            [message.reference for message in self.batch()],
        )

    def assert_aware(self, moment: datetime | None) -> None:
        """Check that a time, if there is one, names its zone."""
        if moment is not None:
            self.assertIsNotNone(moment.tzinfo)


def outcomes(reply: SendReply) -> set[Outcome]:
    """Return the outcomes that occur in a reply."""
    return {result.outcome for result in reply.results}
