"""What a scenario is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .lab import Lab
from .results import Result


@dataclass(frozen=True)
class Scenario:
    """A fault, and what must be true after it.

    :param name: what a person types behind ``--only``; also the name of its row.
    :param fault: what happens, in a sentence for people.
    :param promise: what must be true afterwards, in a sentence for people.
    :param alone: its figures mean nothing beside other scenarios.
    :param long_only: too long for the short form.
    :param slow: among the last to end in the short form, so it begins first.
    :param ours: it breaks our addon, and not what that is compared with.
    """

    name: str
    fault: str
    promise: str
    run: Callable[[Lab], Result]
    alone: bool = False
    long_only: bool = False
    slow: bool = False
    ours: bool = True
