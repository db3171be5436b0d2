"""How often one person may be texted."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class CapUse:
    """One cap and its use so far.

    :param limit: texts allowed in any span of ``period``
    :param times: when texts that count were handed over, ascending, aware UTC; at least
        those of the last ``period``
    """

    limit: int
    period: timedelta
    times: tuple[datetime, ...]
