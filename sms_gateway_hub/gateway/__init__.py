"""Talking to SMS platforms: values in, values out, no Odoo.

A provider lives in ``providers/`` or in an addon of its own; everything else here is
the same for all of them.
"""

from .addresses import check_base_url
from .client import GatewayClient
from .errors import (
    ConfigurationError,
    GatewayError,
    OutcomeUnknown,
    PayloadError,
    Rejected,
    Retryable,
    SignatureError,
    UnreadableReply,
)
from .exchange import HttpRequest, HttpResponse
from .messages import (
    Account,
    Balance,
    Capabilities,
    DeliveryReport,
    Envelope,
    InboundSms,
    OutboundSms,
    ParsedEvents,
    SenderId,
    SendReply,
    SendResult,
)
from .redaction import mask_number, redact
from .segments import Segments, count_segments, encoding_of
from .transport import Transport
from .vocabulary import (
    ERROR_CLASSES,
    Encoding,
    ErrorClass,
    ErrorPolicy,
    EventKind,
    Outcome,
    ReportState,
)

__all__ = [
    "ERROR_CLASSES",
    "Account",
    "Balance",
    "Capabilities",
    "ConfigurationError",
    "DeliveryReport",
    "Encoding",
    "Envelope",
    "ErrorClass",
    "ErrorPolicy",
    "EventKind",
    "GatewayClient",
    "GatewayError",
    "HttpRequest",
    "HttpResponse",
    "InboundSms",
    "Outcome",
    "OutboundSms",
    "OutcomeUnknown",
    "ParsedEvents",
    "PayloadError",
    "Rejected",
    "ReportState",
    "Retryable",
    "Segments",
    "SendReply",
    "SendResult",
    "SenderId",
    "SignatureError",
    "Transport",
    "UnreadableReply",
    "check_base_url",
    "count_segments",
    "encoding_of",
    "mask_number",
    "redact",
]
