"""How often one person may be texted."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class CapUse:
    """One cap and its use so far.

    Only caps that bind the message are given: the purpose and the sender of a cap are
    the shell's to compare.

    :param limit: texts allowed in any span of ``period``; below one, none ever is
    :param times: when texts that count were handed over, ascending, aware UTC; at least
        those of the last ``period``
    """

    limit: int
    period: timedelta
    times: tuple[datetime, ...]

    def frees_at(self, at: datetime) -> datetime | None:
        """Return the instant from which one more text fits; ``at`` itself if now.

        The window rolls: a text stops counting exactly one period after it left.

        :return: aware UTC; ``None`` if no instant ever comes
        """
        if self.limit < 1:
            return None
        if len(self.times) < self.limit:
            return at
        return max(at, self.times[-self.limit] + self.period)
