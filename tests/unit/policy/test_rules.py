"""Each rule, and the order in which they speak."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy import RULES, Decision, Facts, PhoneProblem, Reason, Verdict, decide
from policy.base import ALLOW

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
FINE = Facts(purpose="transactional", text="Hello", segments=1, max_segments=10)


def answer(**facts):
    return decide(RULES, replace(FINE, **facts), NOW)


def test_an_ordinary_message_may_go():
    assert answer() == ALLOW


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"number_problem": PhoneProblem.MISSING}, Reason.NUMBER_MISSING),
        ({"number_problem": PhoneProblem.INVALID}, Reason.NUMBER_INVALID),
        ({"number_problem": PhoneProblem.TWO_NUMBERS}, Reason.NUMBER_TWO),
        ({"number_problem": PhoneProblem.NO_COUNTRY}, Reason.NUMBER_NO_COUNTRY),
        ({"number_problem": PhoneProblem.LANDLINE}, Reason.NUMBER_LANDLINE),
        ({"text": ""}, Reason.TEXT_EMPTY),
        ({"text": " \n\t"}, Reason.TEXT_EMPTY),
        ({"segments": 11}, Reason.TEXT_TOO_LONG),
        ({"suppressed": True}, Reason.SUPPRESSED),
        ({"refused": Reason.OPTED_OUT}, Reason.OPTED_OUT),
        ({"expires_at": NOW}, Reason.EXPIRED),
    ],
)
def test_every_refusal_has_its_reason(facts, reason):
    assert answer(**facts) == Decision(Verdict.DENY, reason)


def test_every_problem_of_a_number_is_refused():
    for problem in PhoneProblem:
        assert answer(number_problem=problem).verdict is Verdict.DENY


@pytest.mark.parametrize("segments", [1, 10])
def test_a_text_of_the_allowed_length_goes(segments):
    assert answer(segments=segments) == ALLOW


@pytest.mark.parametrize(
    "purpose", ["marketing", "transactional", "otp", "test", "notice"]
)
def test_only_the_confirmation_reaches_who_refused(purpose):
    verdict = answer(purpose=purpose, suppressed=True).verdict
    assert verdict is (Verdict.ALLOW if purpose == "notice" else Verdict.DENY)


def test_an_unread_reply_holds_for_the_moment_it_takes_to_read_it():
    until = NOW + timedelta(seconds=5)
    assert answer(inbound_pending_until=until) == Decision(
        Verdict.HOLD, Reason.INBOUND_PENDING, until
    )
    assert answer(inbound_pending_until=NOW) == ALLOW


def test_test_mode_holds_without_an_end():
    assert answer(outside_test_list=True) == Decision(Verdict.HOLD, Reason.TEST_MODE)


def test_what_was_said_before_is_said_first_and_the_number_before_the_text():
    everything = {
        "refused": Reason.DUPLICATE,
        "number_problem": PhoneProblem.MISSING,
        "text": "",
        "suppressed": True,
    }
    reasons = []
    while everything:
        reasons.append(answer(**everything).reason)
        everything.pop(next(iter(everything)))
    assert reasons == [
        Reason.DUPLICATE,
        Reason.NUMBER_MISSING,
        Reason.TEXT_EMPTY,
        Reason.SUPPRESSED,
    ]


facts = st.builds(
    Facts,
    purpose=st.sampled_from(["marketing", "transactional", "otp", "test", "notice"]),
    text=st.text(max_size=20),
    segments=st.integers(0, 20),
    max_segments=st.integers(1, 20),
    number_problem=st.none() | st.sampled_from(PhoneProblem),
    suppressed=st.booleans(),
    inbound_pending_until=st.none()
    | st.integers(-60, 60).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    outside_test_list=st.booleans(),
    expires_at=st.none()
    | st.integers(-60, 60).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    refused=st.none() | st.sampled_from(Reason),
)


@given(facts)
def test_nothing_suspicious_ever_goes_out(found):
    decision = decide(RULES, found, NOW)
    if decision.verdict is Verdict.ALLOW:
        assert found.text.strip()
        assert not found.number_problem
        assert not found.refused
        assert not found.outside_test_list
        assert not found.suppressed or found.purpose == "notice"
        assert found.segments <= found.max_segments
        assert not found.expires_at or found.expires_at > NOW
    else:
        assert decision.reason


@given(facts)
def test_a_hold_ends_before_the_message_expires(found):
    decision = decide(RULES, found, NOW)
    if decision.verdict is Verdict.HOLD and decision.until:
        assert NOW < decision.until
        assert not found.expires_at or decision.until < found.expires_at
