"""From errors and HTTP statuses to the result of each message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from .errors import (
    ConfigurationError,
    GatewayError,
    OutcomeUnknown,
    Rejected,
    Retryable,
)
from .exchange import HttpResponse
from .messages import OutboundSms, SendResult
from .vocabulary import ERROR_CLASSES, ErrorClass, Outcome

#: HTTP statuses that say for certain that nothing was accepted.
_STATUS_CLASSES: Mapping[int, tuple[ErrorClass, str]] = {
    401: (ErrorClass.ACCOUNT, "The gateway refused the key of the account."),
    402: (ErrorClass.ACCOUNT, "The gateway asks for payment."),
    403: (ErrorClass.ACCOUNT, "The gateway refused access, perhaps by IP address."),
    404: (ErrorClass.ACCOUNT, "The gateway's address was not found there."),
    407: (ErrorClass.ACCOUNT, "A proxy asks for a password."),
    408: (ErrorClass.GATEWAY_DOWN, "The gateway did not wait for our request."),
    425: (ErrorClass.GATEWAY_DOWN, "The gateway asks us to try again."),
    429: (ErrorClass.THROTTLE, ERROR_CLASSES[ErrorClass.THROTTLE].sentence),
    503: (ErrorClass.GATEWAY_DOWN, "The gateway is out of service."),
}


def error_of_status(response: HttpResponse) -> GatewayError:
    """Return the error an HTTP status stands for when the body says no more.

    A status of 500 or above leaves open whether the request was carried out; 503 is
    defined as "not handled". Everything below 500 was refused before that.
    """
    status = response.status
    if status in _STATUS_CLASSES:
        error_class, sentence = _STATUS_CLASSES[status]
        if error_class is ErrorClass.ACCOUNT:
            return Rejected(error_class, f"HTTP {status}", sentence)
        return Retryable(
            sentence, retry_after=response.retry_after(), error_class=error_class
        )
    if 300 <= status < 400:
        sentence = "The gateway sends us to another address: check the base URL."
        return Rejected(ErrorClass.ACCOUNT, f"HTTP {status}", sentence)
    if 400 <= status < 500:
        sentence = ERROR_CLASSES[ErrorClass.REQUEST].sentence
        return Rejected(ErrorClass.REQUEST, f"HTTP {status}", sentence)
    return OutcomeUnknown(f"The gateway answered with HTTP {status}.")


def results_of_error(
    messages: Sequence[OutboundSms], err: GatewayError
) -> tuple[SendResult, ...]:
    """Return the same result for every message of a request that failed as a whole."""
    make = _result_maker(err, alone=len(messages) > 1)
    return tuple(make(message.reference) for message in messages)


def _result_maker(err: GatewayError, *, alone: bool) -> Callable[[str], SendResult]:
    """Return what builds a message's result from a failure of its request."""
    if isinstance(err, Rejected):
        return lambda reference: refusal(
            reference, err.error_class, err.code, err.sentence, shared=alone
        )
    if isinstance(err, Retryable):
        return lambda reference: SendResult(
            reference,
            Outcome.RETRYABLE,
            error_class=err.error_class,
            sentence=err.message,
            retry_after=err.retry_after,
        )
    if isinstance(err, ConfigurationError):
        return lambda reference: SendResult(
            reference,
            Outcome.RETRYABLE,
            error_class=ErrorClass.ACCOUNT,
            sentence=err.message,
        )
    return lambda reference: unknown(reference, err.message)


#: Reasons that can lie in one message, not in what a request's messages share.
_ONE_MESSAGE = frozenset(
    {ErrorClass.NUMBER, ErrorClass.CONSENT, ErrorClass.CONTENT, ErrorClass.REQUEST}
)


def refusal(
    reference: str,
    error_class: ErrorClass,
    code: str,
    sentence: str,
    *,
    shared: bool = False,
) -> SendResult:
    """Return the result of a message that surely was not accepted.

    :param shared: the refusal met a request of several messages. When its reason
        can lie in one of them, nobody knows in which: each has to be sent alone.
    """
    alone = shared and error_class in _ONE_MESSAGE
    retry = alone or ERROR_CLASSES[error_class].retry
    return SendResult(
        reference,
        Outcome.RETRYABLE if retry else Outcome.REJECTED,
        error_class=error_class,
        code=code,
        sentence=sentence,
        alone=alone,
    )


def unknown(reference: str, sentence: str = "", code: str = "") -> SendResult:
    """Return the result of a message nobody can say was accepted or not."""
    return SendResult(
        reference,
        Outcome.UNKNOWN,
        error_class=ErrorClass.UNKNOWN_OUTCOME,
        code=code,
        sentence=sentence or ERROR_CLASSES[ErrorClass.UNKNOWN_OUTCOME].sentence,
    )
