"""Errors whose class says what to do next.

``GatewayClient.send`` turns them into results; the ``fetch_*`` calls let them through.
No message carries a key, a whole number or a URL with its query.
"""

from __future__ import annotations

from .vocabulary import ErrorClass


class GatewayError(Exception):
    """Any failure at the gateway; its text may be shown to a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigurationError(GatewayError):
    """Nothing was sent, and only an administrator can change that."""


class Rejected(GatewayError):
    """The platform answered and said no.

    :param code: the platform's own code, normalised.
    """

    def __init__(self, error_class: ErrorClass, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.error_class = error_class
        self.code = code
        self.sentence = sentence


class Retryable(GatewayError):
    """Nothing was accepted; trying again later can help.

    :param retry_after: seconds the platform asked us to wait, if it did.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        error_class: ErrorClass = ErrorClass.GATEWAY_DOWN,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.error_class = error_class


class OutcomeUnknown(GatewayError):
    """The request went out and no usable answer came back."""


class UnreadableReply(GatewayError):
    """The platform answered something we cannot read."""


class PayloadError(GatewayError):
    """A webhook body that cannot be read."""


class SignatureError(GatewayError):
    """A webhook call that does not prove where it comes from."""
