"""The platform's codes and words, and what they mean in ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ...events import StatusMeaning
from ...vocabulary import ERROR_CLASSES, ErrorClass, ReportState

#: The code of success once its zeros are gone.
SUCCESS = "0"
#: The platform's code for any error it has no code for; its words say which.
GENERAL_ERROR = "6"


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """What an error code says."""

    error_class: ErrorClass
    sentence: str


_IP_HINT = (
    "The gateway does not accept calls from this server: allow its IP address in "
    "the gateway's panel, or turn the restriction off there."
)

#: Codes of the sending and asking calls, without their leading zeros.
OPERATION_CODES: Mapping[str, CodeMeaning] = MappingProxyType(
    {
        code: CodeMeaning(error_class, sentence)
        for code, error_class, sentence in (
            ("1", ErrorClass.ACCOUNT, "The gateway got no key."),
            ("2", ErrorClass.ACCOUNT, "The gateway got no user or password."),
            ("3", ErrorClass.SENDER, "The sender is missing."),
            ("4", ErrorClass.REQUEST, "The text is missing."),
            ("5", ErrorClass.REQUEST, "The gateway got no message."),
            ("6", ErrorClass.REQUEST, "The gateway refused the message."),
            ("7", ErrorClass.ACCOUNT, "The gateway does not know this key."),
            ("8", ErrorClass.ACCOUNT, "The account is not active."),
            ("9", ErrorClass.ACCOUNT, "The account is locked: ask the gateway."),
            ("10", ErrorClass.ACCOUNT, _IP_HINT),
            ("11", ErrorClass.ACCOUNT, _IP_HINT),
            ("12", ErrorClass.REQUEST, "The text is too long."),
            ("13", ErrorClass.NUMBER, "The number is not valid."),
            ("14", ErrorClass.ACCOUNT, "The account is locked because of spam."),
            ("15", ErrorClass.SENDER, "The sender is not registered at the gateway."),
            ("16", ErrorClass.ACCOUNT, "Transactional texts are not enabled."),
            ("17", ErrorClass.REQUEST, "The group is not valid."),
            ("18", ErrorClass.REQUEST, "A group takes one text only."),
            ("19", ErrorClass.REQUEST, "The planned time is not valid."),
            ("20", ErrorClass.REQUEST, "Text or number is missing."),
            ("21", ErrorClass.ACCOUNT, "The account has no credit left: top it up."),
            ("22", ErrorClass.REQUEST, "The gateway does not know this request."),
            ("23", ErrorClass.REQUEST, "A part of the request is missing."),
            ("24", ErrorClass.CONTENT, "The text does not match its template."),
            ("25", ErrorClass.REQUEST, "A part of the request is empty."),
            ("26", ErrorClass.REQUEST, "The dates are not valid."),
            ("27", ErrorClass.CONSENT, "The recipient has not agreed to messages."),
            ("28", ErrorClass.REQUEST, "The gateway found the data not valid."),
            ("29", ErrorClass.REQUEST, "The e-mail address is missing."),
            ("30", ErrorClass.REQUEST, "The password is missing."),
            ("31", ErrorClass.REQUEST, "The user name is missing."),
            ("32", ErrorClass.REQUEST, "The mobile number is missing."),
            ("33", ErrorClass.REQUEST, "The user name exists already."),
            ("34", ErrorClass.REQUEST, "The mobile number exists already."),
            ("35", ErrorClass.REQUEST, "The e-mail address exists already."),
            ("36", ErrorClass.REQUEST, "The e-mail id is missing."),
        )
    }
)

#: Words that say what a general error is about.
_GENERAL_ERROR_WORDS = (
    ("template", ErrorClass.CONTENT, OPERATION_CODES["24"].sentence),
    ("sender", ErrorClass.SENDER, OPERATION_CODES["15"].sentence),
)

#: Codes of the operators' registers (DLT, India): first and last of a range.
_REGISTER_RANGES = (
    (600, 609, ErrorClass.SENDER, "The business is not registered as it should be."),
    (610, 619, ErrorClass.SENDER, "The gateway is not registered for the business."),
    (620, 629, ErrorClass.SENDER, "The sender is not registered for the business."),
    (630, 637, ErrorClass.CONTENT, "The text does not match a registered template."),
    (638, 649, ErrorClass.CONTENT, "A link or number in the text is not registered."),
    (650, 650, ErrorClass.CONSENT, "The recipient's preferences block the message."),
    (651, 651, ErrorClass.POLICY, "Promotional texts are not allowed at this hour."),
    (652, 652, ErrorClass.CONSENT, "The recipient blocks all promotional texts."),
    (660, 660, ErrorClass.CONSENT, "The recipient has not agreed to messages."),
    (700, 701, ErrorClass.CONTENT, "A link in the text is not registered."),
    (811, 813, ErrorClass.SENDER, "The chain from business to gateway is not bound."),
    (5601, 5601, ErrorClass.SENDER, "The chain from business to gateway is not bound."),
)

_ON_ITS_WAY = StatusMeaning(ReportState.ACCEPTED)
_DELIVERED = StatusMeaning(ReportState.DELIVERED)
_NO_INFORMATION = StatusMeaning(ReportState.UNKNOWN)


def _failed(error_class: ErrorClass, sentence: str = "") -> StatusMeaning:
    """Return the meaning of a word that says the message will not arrive."""
    return StatusMeaning(
        ReportState.FAILED,
        error_class,
        sentence=sentence or ERROR_CLASSES[error_class].sentence,
    )


#: Parts of status words. The first that occurs counts, so a word that contains
#: another ("undelivered", "not sent", "absent") stands above it.
_STATUS_WORDS: tuple[tuple[str, StatusMeaning], ...] = (
    ("absent", _failed(ErrorClass.HANDSET)),
    ("switched off", _failed(ErrorClass.HANDSET)),
    ("memory", _failed(ErrorClass.HANDSET)),
    ("dnd", _failed(ErrorClass.CONSENT)),
    ("ndnc", _failed(ErrorClass.CONSENT)),
    ("ncpr", _failed(ErrorClass.CONSENT)),
    ("consent", _failed(ErrorClass.CONSENT)),
    ("opt-out", _failed(ErrorClass.CONSENT)),
    ("template", _failed(ErrorClass.CONTENT)),
    ("spam", _failed(ErrorClass.CONTENT)),
    ("invalid number", _failed(ErrorClass.NUMBER)),
    ("invalid mobile", _failed(ErrorClass.NUMBER)),
    ("unknown subscriber", _failed(ErrorClass.NUMBER)),
    ("credit", _failed(ErrorClass.ACCOUNT)),
    ("nocred", _failed(ErrorClass.ACCOUNT)),
    (
        "expired",
        StatusMeaning(
            ReportState.EXPIRED,
            ErrorClass.HANDSET,
            sentence="The phone could not be reached before the message ran out.",
        ),
    ),
    ("block", _failed(ErrorClass.POLICY)),
    ("reject", _failed(ErrorClass.POLICY)),
    ("undeliv", _failed(ErrorClass.NETWORK)),
    ("not deliver", _failed(ErrorClass.NETWORK)),
    ("non deliver", _failed(ErrorClass.NETWORK)),
    ("not sent", _failed(ErrorClass.NETWORK)),
    ("unsent", _failed(ErrorClass.NETWORK)),
    ("fail", _failed(ErrorClass.NETWORK)),
    ("delete", _failed(ErrorClass.NETWORK)),
    ("skipped", _failed(ErrorClass.NETWORK)),
    ("syserr", _failed(ErrorClass.NETWORK)),
    ("partial", _ON_ITS_WAY),
    ("to be delivered", _ON_ITS_WAY),
    ("delivered to operator", _ON_ITS_WAY),
    ("delivered to carrier", _ON_ITS_WAY),
    ("delivered", _DELIVERED),
    ("delivrd", _DELIVERED),
    ("queue", _ON_ITS_WAY),
    ("submit", _ON_ITS_WAY),
    ("sent", _ON_ITS_WAY),
    ("pending", _ON_ITS_WAY),
    ("process", _ON_ITS_WAY),
    ("enroute", _ON_ITS_WAY),
    ("schedul", _ON_ITS_WAY),
    ("buff", _ON_ITS_WAY),
    ("accept", _ON_ITS_WAY),
)


def normalise_code(value: Any) -> str:
    """Return an error code without padding; empty when there is none.

    The platform writes the same code as ``"007"``, ``"7"`` or ``7``.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    text = str(value).strip()
    return text.lstrip("0") or SUCCESS if text else ""


def meaning_of_code(code: str, words: str) -> CodeMeaning:
    """Return what a normalised error code means.

    :param words: the platform's own message; read only where the code says nothing.
    """
    if code == GENERAL_ERROR:
        for word, error_class, sentence in _GENERAL_ERROR_WORDS:
            if word in words.lower():
                return CodeMeaning(error_class, sentence)
    return (
        OPERATION_CODES.get(code)
        or _register_meaning(code)
        or CodeMeaning(
            ErrorClass.REQUEST,
            "The gateway refused the message with a code we do not know.",
        )
    )


def meaning_of_status(words: str) -> StatusMeaning:
    """Return what a delivery status means.

    Unless it says delivered, a code of the operators' registers in it tells more than
    its words.
    """
    meaning = _meaning_of_words(words)
    if meaning.state is ReportState.DELIVERED:
        return meaning
    for code in re.findall(r"(?<!\d)\d{3,4}(?!\d)", words, re.ASCII):
        reason = _register_meaning(code)
        if reason:
            return StatusMeaning(
                ReportState.FAILED, reason.error_class, code, reason.sentence
            )
    return meaning


def _meaning_of_words(words: str) -> StatusMeaning:
    """Return the meaning of the first known part of a status."""
    lowered = " ".join(words.lower().replace("_", " ").split())
    for part, meaning in _STATUS_WORDS:
        if part in lowered:
            return meaning
    return _NO_INFORMATION


def _register_meaning(code: str) -> CodeMeaning | None:
    """Return what a code of the operators' registers means, None when it is none."""
    if not re.fullmatch(r"\d{3,4}", code, re.ASCII):
        return None
    number = int(code)
    for first, last, error_class, sentence in _REGISTER_RANGES:
        if first <= number <= last:
            return CodeMeaning(error_class, sentence)
    return None
