"""Facts for the tests of rules, and a stand-in for the hours of a recipient."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from hypothesis import strategies as st
from policy import CapUse, Consent, Facts, PhoneProblem, Reason

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
FINE = Facts(purpose="transactional", text="Hello", segments=1, max_segments=10)
PURPOSES = ("marketing", "transactional", "otp", "test", "notice")


def minute(number):
    return NOW + timedelta(minutes=number)


@dataclass(frozen=True)
class Opening:
    """Open from ``start`` to ``end`` of every hour; ``start == end`` is never."""

    start: int
    end: int

    def is_open(self, at):
        return self.start <= at.minute < self.end

    def next_open(self, at):
        if self.start == self.end:
            return None
        if self.is_open(at):
            return at
        begin = at.replace(minute=self.start, second=0, microsecond=0)
        return begin if begin > at else begin + timedelta(hours=1)


def cap(limit, minutes, *ago):
    """A cap over ``minutes``, and texts that left so many minutes before ``NOW``."""
    times = tuple(sorted(minute(-number) for number in ago))
    return CapUse(limit, timedelta(minutes=minutes), times)


moments = st.none() | st.integers(-60, 60).map(
    lambda seconds: NOW + timedelta(seconds=seconds)
)
openings = st.builds(
    lambda one, other: Opening(min(one, other), max(one, other)),
    st.integers(0, 59),
    st.integers(0, 59),
)
caps = st.builds(
    lambda limit, minutes, ago: cap(limit, minutes, *ago),
    st.integers(0, 4),
    st.integers(1, 120),
    st.lists(st.integers(0, 150), max_size=6),
)
#: Any facts at all.
facts = st.builds(
    Facts,
    purpose=st.sampled_from(PURPOSES),
    text=st.text(max_size=20),
    segments=st.integers(0, 20),
    max_segments=st.integers(1, 20),
    number_problem=st.none() | st.sampled_from(PhoneProblem),
    suppressed=st.booleans(),
    inbound_pending_until=moments,
    outside_test_list=st.booleans(),
    expires_at=moments | st.integers(1, 200).map(minute),
    refused=st.none() | st.sampled_from(Reason),
    destination_closed=st.booleans(),
    code_passes_stop=st.booleans(),
    consent=st.sampled_from(Consent),
    consent_needed=st.booleans(),
    proof_needed=st.booleans(),
    repeated_until=moments,
    hours=st.none() | openings,
    caps=st.lists(caps, max_size=3).map(tuple),
    approval=st.none() | st.sampled_from((Reason.APPROVAL, Reason.USER_LIMIT)),
    released=st.frozensets(st.sampled_from(Reason), max_size=4),
)
#: Facts of which most are harmless, so that the later rules get to speak.
quiet_facts = st.builds(
    Facts,
    purpose=st.sampled_from(PURPOSES),
    text=st.just("Hello"),
    segments=st.just(1),
    max_segments=st.just(10),
    suppressed=st.sampled_from((False, False, False, True)),
    inbound_pending_until=moments,
    expires_at=st.none() | st.integers(1, 300).map(minute),
    consent=st.sampled_from(Consent),
    consent_needed=st.booleans(),
    proof_needed=st.booleans(),
    repeated_until=st.none() | moments,
    hours=st.none() | openings,
    caps=st.lists(caps, max_size=3).map(tuple),
    approval=st.sampled_from((None, None, Reason.APPROVAL, Reason.USER_LIMIT)),
    released=st.frozensets(st.sampled_from(Reason), max_size=4),
)
