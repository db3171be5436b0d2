import logging
import random
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..gateway.vocabulary import ERROR_CLASSES, ErrorClass, Outcome
from ..tools.dispatch import utcnow
from .sms_hub_poller import POLL_GAPS

_logger = logging.getLogger(__name__)

#: Tries after which a message is given up whose errors count as tries.
MAX_ATTEMPTS = 6
_BACKOFF_BASE, _BACKOFF_LIMIT = 2.0, 300.0
#: How long an account that the platform refuses is left alone.
_ACCOUNT_PAUSE, _DOWN_PAUSE = 300, 30
#: The same when it asks to slow down without saying for how long.
_THROTTLE_PAUSE = 1
#: Outcomes that only a platform which works can bring about.
_REACHED = (Outcome.ACCEPTED, Outcome.REJECTED)


class SmsHubWriteback(models.AbstractModel):
    """Stores what the platform answered, each batch of answers in one transaction.

    A row is written only by the claim that owns it: its epoch must still be the same.
    Evidence of acceptance is the exception; it is stored whoever owns the row.
    """

    _name = "sms.hub.writeback"
    _inherit = ["sms.hub.transaction"]
    _description = "Results of SMS requests"

    def _store_all(self, settings, answers):
        """Store the answers together; if that fails, each alone.

        What cannot be stored at all is left to the sweeper, which calls it unknown: one
        broken answer must cost neither the others nor the slice.
        """
        try:
            self._hub_run(lambda writeback: writeback._store(settings, answers))
        except Exception:
            _logger.exception("Answers could not be stored together.")
            if len(answers) > 1:
                for answer in answers:
                    self._store_all(settings, [answer])

    def _store(self, settings, answers):
        """Write the answers of finished requests back."""
        for answer in answers:
            request_id = self._store_request(settings, answer)
            self._note_account(settings, answer.reply.results)
            for row, result in zip(
                answer.batch.rows, answer.reply.results, strict=True
            ):
                self._store_result(settings, row, result, request_id)

    def _store_request(self, settings, answer):
        reply = answer.reply
        accepted = any(one.outcome is Outcome.ACCEPTED for one in reply.results)
        polls = settings.client.capabilities.polls_reports
        request = (
            self.env["sms.hub.request"]
            .sudo()
            .create(
                {
                    "gateway_id": settings.gateway_id,
                    "platform_ref": reply.request_id or False,
                    "message_count": len(answer.batch.rows),
                    "started_at": answer.started_at,
                    "ended_at": answer.ended_at,
                    "duration": (answer.ended_at - answer.started_at).total_seconds(),
                    "http_status": reply.status or 0,
                    "answer": reply.raw or False,
                    "next_poll_at": (
                        answer.ended_at + timedelta(seconds=POLL_GAPS[0])
                        if accepted and polls and reply.request_id
                        else False
                    ),
                }
            )
        )
        return request.id

    def _note_account(self, settings, results):
        """Tell the circuit breaker how a request went, once for all its messages."""
        account, key = self.env["sms.hub.account"], settings.account_key
        refused = next((one for one in results if _refuses_account(one)), None)
        throttled = next((one for one in results if _was_throttled(one)), None)
        unreached = next((one for one in results if _was_not_reached(one)), None)
        if refused:
            account._note_unreachable(
                key, _ACCOUNT_PAUSE, refused.sentence, at_once=True
            )
            _logger.warning(
                "Gateway %s is held: the platform refused the account (%s).",
                settings.gateway_id,
                refused.code,
            )
        elif throttled:
            pause = throttled.retry_after or _THROTTLE_PAUSE
            account._note_unreachable(key, pause, throttled.sentence, at_once=True)
        elif any(one.outcome in _REACHED for one in results):
            account._note_reached(key)
        elif unreached:
            account._note_unreachable(key, _DOWN_PAUSE, unreached.sentence)

    def _store_result(self, settings, row, result, request_id):
        """Carry one result out through the transition table."""
        values = {
            "request_id": request_id,
            "error_class": result.error_class.value if result.error_class else None,
            "error_code": result.code or None,
            "error_sentence": result.sentence or None,
            "lease_until": None,
        }
        if result.outcome is Outcome.ACCEPTED:
            self._accept(row, result, values)
        elif result.outcome is Outcome.UNKNOWN:
            values["error_class"] = ErrorClass.UNKNOWN_OUTCOME.value
            self._own(row, "lose", values)
        elif _refuses_account(result):
            self._hold(row, values)
        elif result.outcome is Outcome.RETRYABLE:
            self._retry(row, result, values)
        elif self._own(row, "reject", values):
            message = self.env["sms.hub.message"].sudo().browse(row["id"])
            message._heed_operator()

    def _accept(self, row, result, values):
        """Store the ids; a row that another claim took meanwhile gets them too."""
        ids = {
            "platform_ref": result.message_id or None,
            "request_id": values["request_id"],
            "error_class": None,
            "error_sentence": None,
            "error_code": None,
        }
        if self._own(row, "accept", {**ids, "lease_until": None}):
            return
        message = self.env["sms.hub.message"].sudo().browse(row["id"])
        if not message._move("evidence", **ids):
            message._store_evidence(ids)
        _logger.info("Late acceptance of %s: its ids are stored.", row["uuid"])

    def _retry(self, row, result, values):
        """Queue again what surely was not accepted, later and later, up to a limit."""
        burns = ERROR_CLASSES[result.error_class].burns_attempt or result.alone
        attempts = row["attempts"] if burns else row["attempts"] - 1
        if attempts >= MAX_ATTEMPTS:
            self._own(row, "reject", values)
            return
        wait = 0 if result.alone else result.retry_after or backoff(row["epoch"])
        values.update(
            attempts=attempts,
            alone=result.alone,
            not_before=utcnow() + timedelta(seconds=wait),
        )
        self._own(row, "retry", values)

    def _hold(self, row, values):
        """The platform refuses the account: its messages wait instead of failing."""
        values.update(
            attempts=row["attempts"] - 1,
            reason="account",
            not_before=utcnow() + timedelta(seconds=_ACCOUNT_PAUSE),
        )
        self._own(row, "hold", values)

    def _own(self, row, transition, values):
        """Move the row if this claim still owns it; tell whether it did."""
        message = self.env["sms.hub.message"].sudo().browse(row["id"])
        owned = self.env.execute_query(
            SQL(
                "SELECT 1 FROM sms_hub_message WHERE id = %s AND epoch = %s FOR UPDATE",
                row["id"],
                row["epoch"],
            )
        )
        moved = bool(owned and message._move(transition, **values))
        if not moved:
            _logger.info(
                "Result %s of %s came after its lease: row left as it is.",
                transition,
                row["uuid"],
            )
        return moved


def _refuses_account(result):
    """Tell whether every message of the account would be refused alike."""
    if result.outcome not in (Outcome.RETRYABLE, Outcome.REJECTED):
        return False
    return ERROR_CLASSES[result.error_class or ErrorClass.REQUEST].holds_queue


def _was_throttled(result):
    """Tell whether the platform asked to slow down."""
    slow = result.error_class is ErrorClass.THROTTLE
    return slow and result.outcome is Outcome.RETRYABLE


def _was_not_reached(result):
    """Tell whether the platform was out of reach or out of service."""
    down = result.error_class is ErrorClass.GATEWAY_DOWN
    return down and result.outcome is Outcome.RETRYABLE


def backoff(attempt):
    """Return the seconds to wait before another try: exponential, with full jitter.

    :param attempt: how often the message was claimed so far
    """
    # beyond this power the limit holds anyway, and a float soon overflows
    ceiling = min(_BACKOFF_LIMIT, _BACKOFF_BASE * 2 ** min(attempt, 16))
    return random.uniform(_BACKOFF_BASE / 2, ceiling)
