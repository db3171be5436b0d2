"""The gate: may this message go out now, later, or not at all?

Pure values in, a :class:`Decision` out. The shell in ``models/`` gathers the facts
and carries out the verdict; nothing here reads a clock, a database or a network.
"""

from .base import Decision, Facts, Rule, Verdict, decide
from .number import PhoneProblem, classify_number
from .reasons import Reason
from .rules import RULES

__all__ = [
    "RULES",
    "Decision",
    "Facts",
    "PhoneProblem",
    "Reason",
    "Rule",
    "Verdict",
    "classify_number",
    "decide",
]
