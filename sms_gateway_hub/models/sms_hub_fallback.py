import random
from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ..gateway.vocabulary import ERROR_CLASSES, ErrorClass, Outcome
from ..policy.fallback import Step, StepKind, Trouble, next_step
from ..tools.dispatch import utcnow
from .sms_hub_gate_known import aware, naive

#: How long an account that the platform refuses is left alone, in seconds.
ACCOUNT_PAUSE = 300
_BACKOFF_BASE, _BACKOFF_LIMIT = 2.0, 300.0
#: Classes that another sender may cure.
_CURABLE = (ErrorClass.SENDER, ErrorClass.ACCOUNT, ErrorClass.GATEWAY_DOWN)
_HOPS = (StepKind.NEXT_SENDER, StepKind.NEXT_GATEWAY)
#: A message that changes its way again and again shows the last changes.
_HOPS_KEPT = 10


class SmsHubFallback(models.AbstractModel):
    """What becomes of messages that a platform surely did not take.

    Gathers for a whole request what ``policy.fallback`` asks for, and says its answers
    as transitions of the ledger; the write-back carries them out.
    """

    _name = "sms.hub.fallback"
    _description = "Second ways of SMS"

    def _moves(self, settings, refused):
        """Return what becomes of messages of one request that were not accepted.

        :param refused: pairs of a claimed row and its :class:`SendResult`
        :return: ``{row id: (transition, columns)}``
        """
        if not refused:
            return {}
        now = utcnow()
        others = self._others(settings, refused)
        is_open = self._is_open(settings.account_key)
        moves = {}
        for row, result in refused:
            sibling, elsewhere = others.get(row["id"], (None, None))
            step = next_step(
                Trouble(
                    error_class=_class_of(result).value,
                    now=aware(now),
                    expires_at=aware(row["expires_at"]),
                    retryable=result.outcome is Outcome.RETRYABLE,
                    wait=timedelta(seconds=_seconds_to_wait(row, result)),
                    attempts=_attempts(row, result),
                    alone=result.alone,
                    hops=len(row["tried"] or ()),
                    circuit_open=is_open,
                    hurried=row["purpose"] == "otp",
                    sibling=sibling and sibling["sender_id"],
                    elsewhere=elsewhere and elsewhere["sender_id"],
                )
            )
            other = sibling if step.kind is StepKind.NEXT_SENDER else elsewhere
            moves[row["id"]] = self._move_of(row, result, step, other)
        return moves

    def _move_of(self, row, result, step: Step, other):
        """Return a step as ``(transition, columns)``."""
        error = {
            "error_class": result.error_class and result.error_class.value,
            "error_code": result.code or None,
            "error_sentence": result.sentence or None,
        }
        if step.kind in _HOPS:
            hop = self._hop(row, other, _class_of(result).value, result.code)
            tried = [*(row["tried"] or ()), row["sender_id"] or 0]
            # the new sender has to be tried as often as the first one would
            again = {"alone": False, "attempts": row["attempts"] - 1, "tried": tried}
            return "retry", {**error, **hop, **again, "not_before": naive(step.at)}
        if step.kind is StepKind.RETRY:
            again = {"alone": result.alone, "attempts": _attempts(row, result)}
            return "retry", {**error, **again, "not_before": naive(step.at)}
        if step.kind is StepKind.HOLD:
            held = {"reason": "account", "attempts": row["attempts"] - 1}
            return "hold", {**error, **held, "not_before": naive(step.at)}
        if step.too_late:
            return "too_late", {**error, "reason": "expired"}
        return "reject", error

    def _hop(self, row, other, why, code=""):
        """Return the columns of a change of the sender, and of the note about it.

        :param other: columns of the new sender, as the router gives them
        :param why: an error class, ``paused`` or ``unreachable``
        """
        note = {
            "sender": row["sender_id"] or None,
            "from": row["sender"] or "",
            "to": other["sender"] or "",
            "why": why,
            "code": code or "",
            "at": utcnow().isoformat(" ", "seconds"),
        }
        columns = {name: value or None for name, value in other.items()}
        return {**columns, "hops": [*(row["hops"] or ()), note][-_HOPS_KEPT:]}

    # === WHO ELSE === #

    def _others(self, settings, refused):
        """Return who could send instead.

        :return: ``{row id: (sender of the same account, sender of another account)}``,
            each as columns, ``None`` where there is none
        """
        rows = [row for row, result in refused if _class_of(result) in _CURABLE]
        gateway = self.env["sms.hub.gateway"].sudo().browse(settings.gateway_id)
        router = self.env["sms.hub.router"]
        candidates = rows and router._candidates(gateway.company_id)
        if not rows or len(candidates) < 2:
            return {}
        account = self._gateways_of(gateway.company_id, settings.account_key)
        here = [one.sender_id for one in candidates if one.gateway_id == gateway.id]
        there = [one.sender_id for one in candidates if one.gateway_id not in account]
        everyone = {one.sender_id for one in candidates}
        choose = router._alternatives
        siblings = choose(gateway.company_id, rows, everyone - set(here))
        elsewhere = choose(gateway.company_id, rows, everyone - set(there))
        return {row["id"]: (siblings[row["id"]], elsewhere[row["id"]]) for row in rows}

    def _gateways_of(self, company, account_key):
        """Return the ids of the company's gateways that use one platform account."""
        gateways = self.env["sms.hub.gateway"].sudo()
        active = gateways.search(
            [("company_id", "=", company.id), ("state", "!=", "draft")]
        )
        return {one.id for one in active if one._account_key() == account_key}

    def _is_open(self, account_key):
        """Tell whether an account is being left alone right now."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM sms_hub_account
                 WHERE key = %s
                   AND open_until > clock_timestamp() AT TIME ZONE 'UTC'
                """,
                account_key,
            )
        )
        return bool(rows)


def _class_of(result):
    return result.error_class or ErrorClass.REQUEST


def _attempts(row, result):
    """Return the tries that count, this one included if it does."""
    burns = ERROR_CLASSES[_class_of(result)].burns_attempt or result.alone
    return row["attempts"] if burns else row["attempts"] - 1


def _seconds_to_wait(row, result):
    """Return for how long the same way is closed."""
    if ERROR_CLASSES[_class_of(result)].holds_queue:
        return ACCOUNT_PAUSE
    return result.retry_after or backoff(row["epoch"])


def backoff(attempt):
    """Return the seconds to wait before another try: exponential, with full jitter.

    :param attempt: how often the message was claimed so far
    """
    # beyond this power the limit holds anyway, and a float soon overflows
    ceiling = min(_BACKOFF_LIMIT, _BACKOFF_BASE * 2 ** min(attempt, 16))
    return random.uniform(_BACKOFF_BASE / 2, ceiling)
