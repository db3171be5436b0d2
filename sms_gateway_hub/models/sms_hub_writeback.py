import logging
from collections import defaultdict
from datetime import timedelta

from odoo import models

from ..gateway.vocabulary import ERROR_CLASSES, ErrorClass, Outcome
from .sms_hub_fallback import ACCOUNT_PAUSE
from .sms_hub_poller import POLL_GAPS
from .sms_hub_sender_watch import SUSPICIOUS

_logger = logging.getLogger(__name__)

#: How long an account that cannot be reached is left alone, in seconds.
_DOWN_PAUSE = 30
#: The same when it asks to slow down without saying for how long.
_THROTTLE_PAUSE = 1
#: Outcomes that only a platform which works can bring about.
_REACHED = (Outcome.ACCEPTED, Outcome.REJECTED)
#: Outcomes of which it is certain that nothing was accepted.
_NOT_TAKEN = (Outcome.RETRYABLE, Outcome.REJECTED)


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
        """Write the answers of finished requests back.

        In as few statements for a hundred answers as for one: at one text per request
        the database would else be asked three times for every text.
        """
        missed = [one for one in answers if not one.reply]
        answers = [one for one in answers if one.reply]
        requests = self._store_requests(settings, answers)
        self._note_account(settings, answers)
        self._note_senders(
            result for answer in answers for result in answer.reply.results
        )
        self._store_results(settings, answers, requests)
        # last: it gives money back, and results lock numbers first
        self._put_back(missed)

    def _store_requests(self, settings, answers):
        """Store the requests, and return their ids, in order."""
        values = [self._request_values(settings, answer) for answer in answers]
        return self.env["sms.hub.request"].sudo().create(values).ids

    def _request_values(self, settings, answer):
        reply = answer.reply
        accepted = any(one.outcome is Outcome.ACCEPTED for one in reply.results)
        polls = settings.client.capabilities.polls_reports
        return {
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

    def _note_account(self, settings, answers):
        """Tell the circuit breaker how the requests went, one after the other.

        That the platform works is told once: it knows already until there is trouble.
        """
        told = False
        for answer in answers:
            results = answer.reply.results
            if self._note_trouble(settings, results):
                told = False
            elif not told and _was_reached(results):
                self.env["sms.hub.account"]._note_reached(settings.account_key)
                told = True

    def _note_trouble(self, settings, results):
        """Tell the circuit breaker of a request that went badly, once for all messages.

        :return: whether it did
        """
        account, key = self.env["sms.hub.account"], settings.account_key
        refused = next((one for one in results if _refuses_account(one)), None)
        throttled = next((one for one in results if _was_throttled(one)), None)
        unreached = next((one for one in results if _was_not_reached(one)), None)
        if refused:
            account._note_unreachable(
                key, ACCOUNT_PAUSE, refused.sentence, at_once=True
            )
            _logger.warning(
                "Gateway %s is held: the platform refused the account (%s).",
                settings.gateway_id,
                refused.code,
            )
        elif throttled:
            pause = throttled.retry_after or _THROTTLE_PAUSE
            account._note_unreachable(key, pause, throttled.sentence, at_once=True)
        elif unreached and not _was_reached(results):
            account._note_unreachable(key, _DOWN_PAUSE, unreached.sentence)
        else:
            return False
        return True

    def _note_senders(self, results):
        """Let somebody look soon at senders whose texts are refused."""
        if any(one.error_class in SUSPICIOUS for one in results):
            self.env["sms.hub.sender.watch"]._wake()

    def _put_back(self, missed):
        """Let what missed its moment wait again, for nothing of it has left.

        It is claimed first, and asked about anew: more time went by than its last
        permission was for. That its lease is over changes nothing.
        """
        rows = [row for answer in missed for row in answer.batch.rows]
        self.env["sms.hub.message"].sudo()._move_each(
            "retry",
            {
                row["id"]: {"attempts": row["attempts"] - 1, "lease_until": None}
                for row in rows
            },
            {row["id"]: row["epoch"] for row in rows},
        )

    # === RESULTS === #

    def _store_results(self, settings, answers, requests):
        """Carry the results of requests out, those that end alike in one statement.

        :param requests: the id of each answer's request
        """
        pairs, request_of = [], {}
        for answer, request_id in zip(answers, requests, strict=True):
            pairs += zip(answer.batch.rows, answer.reply.results, strict=True)
            request_of.update(dict.fromkeys(answer.batch.ids(), request_id))
        refused = [pair for pair in pairs if pair[1].outcome in _NOT_TAKEN]
        # what an operator says of people is taken down below: first their numbers, all
        # in one order, then anything that a claim with a lock on one may wait for
        self.env["sms.hub.number.lock"]._lock(
            row["number"]
            for row, result in refused
            if result.error_class is ErrorClass.CONSENT
        )
        moves = self.env["sms.hub.fallback"]._moves(settings, refused)
        groups = defaultdict(dict)
        for row, result in pairs:
            transition, columns = moves.get(row["id"]) or _known_move(result)
            columns = {
                **columns,
                "request_id": request_of[row["id"]],
                "lease_until": None,
            }
            groups[transition, tuple(sorted(columns))][row["id"]] = columns
        epochs = {row["id"]: row["epoch"] for row, _result in pairs}
        messages = self.env["sms.hub.message"].sudo()
        for (transition, _names), values in groups.items():
            moved = messages._move_each(transition, values, epochs)
            late = {row_id: values[row_id] for row_id in values.keys() - set(moved.ids)}
            self._settled(transition, moved)
            self._came_late(transition, late)

    def _settled(self, transition, messages):
        """Hook: draw conclusions from results of one kind that were just stored."""
        if transition == "reject":
            for message in messages:
                message._heed_operator()

    def _came_late(self, transition, values):
        """Deal with results of rows that another claim, or a report, took meanwhile.

        Evidence of acceptance counts whoever owns the row; nothing else does.

        :param values: ``{row id: columns}``
        """
        for row_id, columns in values.items():
            message = self.env["sms.hub.message"].sudo().browse(row_id)
            if transition == "accept":
                ids = {name: columns[name] for name in columns if name != "lease_until"}
                message._reopen_for("accepted")
                if not message._move("evidence", **ids):
                    message._store_evidence(ids)
                _logger.info("Late acceptance of %s: its ids are stored.", message.uuid)
            else:
                _logger.info(
                    "Result %s of %s came after its lease: row left as it is.",
                    transition,
                    message.uuid,
                )


def _known_move(result):
    """Return ``(transition, columns)`` of a message that was, or may be, accepted."""
    if result.outcome is Outcome.ACCEPTED:
        return "accept", {
            "platform_ref": result.message_id or None,
            "error_class": None,
            "error_code": None,
            "error_sentence": None,
        }
    return "lose", {
        "error_class": ErrorClass.UNKNOWN_OUTCOME.value,
        "error_code": result.code or None,
        "error_sentence": result.sentence or None,
    }


def _was_reached(results):
    """Tell whether the platform itself answered."""
    return any(one.outcome in _REACHED for one in results)


def _refuses_account(result):
    """Tell whether every message of the account would be refused alike."""
    if result.outcome not in _NOT_TAKEN:
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
