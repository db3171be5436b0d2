"""What each country asks of senders, as data: names, numbers, replies.

A text from a sender that its destination does not let through is blocked, filtered or
rewritten on the way, and is paid for all the same. What is uncertain is let pass: the
networks' own answer then tells. Countries that are not listed set no terms that are
known here.

:data:`REVIEWED` is the day on which the table was last compared with its sources.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

#: The day of the last comparison with the sources, ISO 8601.
REVIEWED = "2026-11-22"


class Kind(str, Enum):
    """What a recipient sees as the sender."""

    #: a name of up to 11 characters, also called header or alphanumeric sender
    HEADER = "header"
    #: an ordinary phone number
    LONG_CODE = "long_code"
    #: a freephone number that is open for texts
    TOLL_FREE = "toll_free"
    #: a number of three to eight digits
    SHORT_CODE = "short_code"


class Terms(str, Enum):
    """Whether a country's networks let a kind of sender through."""

    #: no terms are known
    FREE = "free"
    #: it passes, but people see another sender or a warning unless it is registered
    ADVISED = "advised"
    #: only what is registered passes
    REGISTERED = "registered"
    #: it does not pass
    CLOSED = "closed"


class Confidence(str, Enum):
    """How sure it is what the table says."""

    #: the authority or the operators' own papers
    HIGH = "high"
    #: several vendors say the same
    MEDIUM = "medium"
    #: general knowledge; look it up before you build on it
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Country:
    """What one country asks of senders.

    :param header: terms for names
    :param numbers: terms for long codes and toll-free numbers; short codes are only
        ever given out by the operators, so they are registered by their nature
    :param two_way: a reply reaches a sender that could receive it elsewhere
    :param source: where this is from
    :param note: what a person should know about it; plain English
    """

    header: Terms
    source: str
    confidence: Confidence
    numbers: Terms = Terms.FREE
    two_way: bool = True
    note: str = ""


_AWS = "AWS, supported countries and sender id support"
_TWILIO = "Twilio, SMS guidelines of the country"
_H, _M, _L = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW
_FREE, _ADVISED = Terms.FREE, Terms.ADVISED
_REGISTERED, _CLOSED = Terms.REGISTERED, Terms.CLOSED

_UNITED_STATES = Country(
    _CLOSED,
    f"{_AWS}; CTIA messaging principles; 10DLC registry",
    _H,
    numbers=_REGISTERED,
    note="Long codes need a 10DLC campaign, toll-free numbers a verification.",
)
_AMERICAN_TERRITORY = Country(
    _CLOSED, "part of the numbering plan of the United States", _L, numbers=_REGISTERED
)
_NO_REPLIES = Country(_FREE, _TWILIO, _H, two_way=False)

#: ISO 3166-1 → what the country asks of senders.
COUNTRIES: dict[str, Country] = {
    "US": _UNITED_STATES,
    **dict.fromkeys(("PR", "VI", "GU", "AS", "MP"), _AMERICAN_TERRITORY),
    "CA": Country(_CLOSED, _AWS, _H),
    "CN": Country(_CLOSED, _AWS, _H),
    "KR": Country(
        _CLOSED,
        "register of the KISA",
        _L,
        numbers=_REGISTERED,
        note="Only numbers that were registered beforehand.",
    ),
    "NZ": Country(_CLOSED, "terms of the operators", _L, note="Short codes only."),
    "ES": Country(
        _REGISTERED,
        "Circular 1/2026 of the CNMC, Order TDF/558/2026",
        _H,
        note="Names that are not in the register are blocked since 15 September 2026.",
    ),
    "SG": Country(
        _REGISTERED,
        "SSIR of the IMDA",
        _H,
        numbers=_ADVISED,
        note="Names need the register and a local company number (UEN).",
    ),
    "IN": Country(
        _REGISTERED,
        "TRAI, TCCCPR 2018 (DLT)",
        _H,
        note="Headers are registered on DLT together with the templates of their text.",
    ),
    "AE": Country(_REGISTERED, f"{_TWILIO}; TDRA", _H, two_way=False),
    "SA": Country(
        _REGISTERED,
        "CST; vendors' guides",
        _H,
        numbers=_CLOSED,
        two_way=False,
        note="Registered names only, written exactly as they were registered.",
    ),
    "TR": Country(_REGISTERED, _TWILIO, _H, two_way=False),
    "IT": Country(_REGISTERED, "AGCOM 42/13/CIR", _M),
    "AU": Country(
        _ADVISED,
        "SMS Sender ID Register of the ACMA",
        _H,
        note="Names that are not registered show as “Unverified” since 1 July 2026.",
    ),
    "IE": Country(
        _ADVISED,
        "ComReg sender id registry",
        _L,
        note="Names that are not registered show as “Likely Scam”.",
    ),
    "BR": Country(_ADVISED, "vendors' guides", _H, note="Other names are rewritten."),
    "MX": Country(_ADVISED, "vendors' guides", _H, note="Names are rewritten."),
    "CO": Country(_ADVISED, "vendors' guides", _M, note="Names are rewritten."),
    "ZA": Country(_ADVISED, "vendors' guides", _M, note="Names are mostly rewritten."),
    "HK": Country(_ADVISED, "OFCA registration scheme", _L),
    **dict.fromkeys(("GN", "ET", "ST", "TV", "PM"), _NO_REPLIES),
}
_UNKNOWN = Country(_FREE, "", _L)


def country_terms(country: str) -> Country:
    """Return what a country asks of senders; no terms where none are known.

    :param country: two letters of ISO 3166-1, or empty
    """
    return COUNTRIES.get(country, _UNKNOWN)


def terms_for(country: str, kind: Kind | None) -> Terms:
    """Return a country's terms for one kind of sender.

    :param kind: ``None`` for an account that has no sender of its own
    """
    known = country_terms(country)
    if kind is Kind.HEADER:
        return known.header
    if kind in (Kind.LONG_CODE, Kind.TOLL_FREE):
        return known.numbers
    return Terms.FREE


def passes(country: str, kind: Kind | None, registered: bool) -> bool:
    """Tell whether a country's networks let such a sender through."""
    terms = terms_for(country, kind)
    return terms in (Terms.FREE, Terms.ADVISED) or (
        terms is Terms.REGISTERED and registered
    )


def replies_arrive(country: str) -> bool:
    """Tell whether people of a country can answer a sender that takes answers."""
    return country_terms(country).two_way


def countries_with(kind: Kind, terms: Iterable[Terms]) -> tuple[str, ...]:
    """Return the countries that have one of these terms for a kind, in order."""
    wanted = frozenset(terms)
    return tuple(sorted(code for code in COUNTRIES if terms_for(code, kind) in wanted))
