"""The hours in which a recipient may be texted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hours:
    """The zones a recipient may be in, and the schedules that hold there.

    :param zones: IANA names; all of them have to allow an instant
    """

    zones: tuple[str, ...]
