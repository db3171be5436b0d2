"""The gate: may this message go out now, later, or not at all?

Pure values in, a :class:`Decision` out. The shell in ``models/`` gathers the facts
and carries out the verdict; nothing here reads a clock, a database or a network.
"""

from .base import Decision, Facts, Rule, Verdict, decide
from .caps import CapUse
from .consent import Consent
from .identity import canonical, same_numbers
from .number import PhoneProblem, classify_number, country_of
from .pacing import Calendar, Slot, appoint, shares
from .reasons import RELEASABLE, Reason
from .routing import (
    NO_SENDER_ID,
    Candidate,
    Missing,
    NoRoute,
    Route,
    RouteFacts,
    RouteReason,
    choose,
    usable_for,
)
from .rules import RULES
from .sender_countries import Kind

__all__ = [
    "NO_SENDER_ID",
    "RELEASABLE",
    "RULES",
    "Calendar",
    "Candidate",
    "CapUse",
    "Consent",
    "Decision",
    "Facts",
    "Kind",
    "Missing",
    "NoRoute",
    "PhoneProblem",
    "Reason",
    "Route",
    "RouteFacts",
    "RouteReason",
    "Rule",
    "Slot",
    "Verdict",
    "appoint",
    "canonical",
    "choose",
    "classify_number",
    "country_of",
    "decide",
    "same_numbers",
    "shares",
    "usable_for",
]
