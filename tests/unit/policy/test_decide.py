"""How the answers of several rules become one."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy import Decision, Facts, Reason, Verdict, decide
from policy.base import ALLOW, MAX_ROUNDS

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
FACTS = Facts(purpose="marketing", text="Hello", segments=1, max_segments=10)
HORIZON = 200


def minute(number):
    return NOW + timedelta(minutes=number)


@dataclass(frozen=True)
class Closed:
    """Holds during spans of minutes, each until its end; ``None`` is an open end."""

    spans: tuple
    reason: Reason = Reason.INBOUND_PENDING

    def evaluate(self, facts, now):
        for start, end in self.spans:
            if minute(start) <= now and (end is None or now < minute(end)):
                until = None if end is None else minute(end)
                return Decision(Verdict.HOLD, self.reason, until)
        return ALLOW


@dataclass(frozen=True)
class Refusal:
    """Denies from a minute on."""

    reason: Reason = Reason.SUPPRESSED
    start: int = 0

    def evaluate(self, facts, now):
        return (
            Decision(Verdict.DENY, self.reason) if now >= minute(self.start) else ALLOW
        )


@dataclass(frozen=True)
class Endless:
    """Always asks to come back a minute later."""

    def evaluate(self, facts, now):
        return Decision(
            Verdict.HOLD, Reason.INBOUND_PENDING, now + timedelta(minutes=1)
        )


def expiring(number):
    return Facts(
        purpose="marketing",
        text="Hello",
        segments=1,
        max_segments=10,
        expires_at=minute(number),
    )


class TestExamples:
    def test_no_rule_is_no_objection(self):
        assert decide((), FACTS, NOW) == ALLOW

    def test_a_refusal_wins_over_a_hold_whatever_the_order(self):
        rules = (Closed(((0, 60),)), Refusal())
        for order in (rules, rules[::-1]):
            assert decide(order, FACTS, NOW) == Decision(
                Verdict.DENY, Reason.SUPPRESSED
            )

    def test_of_two_refusals_the_first_one_speaks(self):
        rules = (Refusal(Reason.TEXT_EMPTY), Refusal(Reason.SUPPRESSED))
        assert decide(rules, FACTS, NOW).reason is Reason.TEXT_EMPTY

    def test_a_hold_ends_when_every_rule_allows(self):
        rules = (Closed(((0, 10),)), Closed(((5, 30),), Reason.TEST_MODE))
        assert decide(rules, FACTS, NOW) == Decision(
            Verdict.HOLD, Reason.INBOUND_PENDING, minute(30)
        )

    def test_a_hold_that_ends_in_a_refusal_is_refused_at_once(self):
        rules = (Closed(((0, 10),)), Refusal(start=5))
        assert decide(rules, FACTS, NOW).verdict is Verdict.DENY

    def test_a_hold_without_an_end_waits_for_a_person(self):
        rules = (Closed(((0, 10),)), Closed(((0, None),), Reason.TEST_MODE))
        assert decide(rules, FACTS, NOW) == Decision(Verdict.HOLD, Reason.TEST_MODE)

    @pytest.mark.parametrize(
        ("expires", "verdict"),
        [(31, Verdict.HOLD), (30, Verdict.DENY), (5, Verdict.DENY), (0, Verdict.DENY)],
    )
    def test_what_would_leave_after_its_expiry_is_refused(self, expires, verdict):
        decision = decide((Closed(((0, 30),)),), expiring(expires), NOW)
        assert decision.verdict is verdict
        if verdict is Verdict.DENY:
            assert decision.reason is Reason.EXPIRED

    def test_rules_that_push_each_other_on_for_ever_wait_for_a_person(self):
        decision = decide((Endless(),), FACTS, NOW)
        assert decision == Decision(Verdict.HOLD, Reason.INBOUND_PENDING)
        assert MAX_ROUNDS < HORIZON


spans = st.tuples(st.integers(0, HORIZON - 40), st.integers(1, 30)).map(
    lambda pair: (pair[0], sum(pair))
)
closed = st.lists(spans, max_size=3).map(lambda found: Closed(tuple(found)))


class TestProperties:
    @given(st.lists(closed, max_size=4), st.integers(1, HORIZON))
    def test_the_answer_is_the_first_minute_that_every_rule_allows(
        self, rules, expires
    ):
        first = next(
            number
            for number in range(HORIZON + 1)
            if all(rule.evaluate(FACTS, minute(number)) == ALLOW for rule in rules)
        )
        decision = decide(rules, expiring(expires), NOW)
        if first >= expires:
            assert decision == Decision(Verdict.DENY, Reason.EXPIRED)
        elif first == 0:
            assert decision == ALLOW
        else:
            assert decision.verdict is Verdict.HOLD
            assert decision.until == minute(first)

    @given(st.lists(closed, max_size=4), st.integers(0, 40))
    def test_one_refusal_is_enough(self, rules, place):
        rules.insert(min(place, len(rules)), Refusal())
        assert decide(rules, FACTS, NOW) == Decision(Verdict.DENY, Reason.SUPPRESSED)

    @given(st.lists(closed, max_size=4))
    def test_asking_again_at_the_end_of_a_hold_allows(self, rules):
        decision = decide(rules, FACTS, NOW)
        if decision.verdict is Verdict.HOLD:
            assert decide(rules, FACTS, decision.until) == ALLOW
