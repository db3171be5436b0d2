"""What comes next after a refusal, class by class, and what never happens."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy.fallback import (
    MAX_ATTEMPTS,
    MAX_HOPS,
    Report,
    Step,
    StepKind,
    Trouble,
    after_report,
    next_step,
)

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
SIBLING, ELSEWHERE = 7, 8
CLASSES = (
    *("throttle", "gateway_down", "handset", "network", "unknown_outcome", "number"),
    *("consent", "content", "sender", "account", "request", "policy"),
)
BOTH = {"sibling": SIBLING, "elsewhere": ELSEWHERE}


def trouble(error_class, **facts):
    return Trouble(
        **{
            "error_class": error_class,
            "now": NOW,
            "expires_at": NOW + 60 * MINUTE,
            "wait": MINUTE,
            **facts,
        }
    )


def report(error_class="network", **facts):
    return Report(
        **{
            "error_class": error_class,
            "purpose": "transactional",
            "now": NOW,
            "expires_at": NOW + 60 * MINUTE,
            "allowed": True,
            "other": SIBLING,
            **facts,
        }
    )


@pytest.mark.parametrize(
    ("error_class", "facts", "expected"),
    [
        # it passes by itself, and another sender would be as fast
        ("throttle", {"retryable": True, **BOTH}, Step(StepKind.RETRY, NOW + MINUTE)),
        # a short trouble is waited for, a long one is gone around
        (
            "gateway_down",
            {"retryable": True, **BOTH},
            Step(StepKind.RETRY, NOW + MINUTE),
        ),
        (
            "gateway_down",
            {"retryable": True, "circuit_open": True, **BOTH},
            Step(StepKind.NEXT_GATEWAY, NOW, ELSEWHERE),
        ),
        # nor is a short one where somebody waits
        (
            "gateway_down",
            {"retryable": True, "hurried": True, **BOTH},
            Step(StepKind.NEXT_GATEWAY, NOW, ELSEWHERE),
        ),
        (
            "gateway_down",
            {"retryable": True, "circuit_open": True, "sibling": SIBLING},
            Step(StepKind.RETRY, NOW + MINUTE),
        ),
        ("account", BOTH, Step(StepKind.NEXT_GATEWAY, NOW, ELSEWHERE)),
        ("account", {"sibling": SIBLING}, Step(StepKind.HOLD, NOW + MINUTE)),
        (
            "account",
            {"wait": 90 * MINUTE},
            Step(StepKind.HOLD, NOW + 60 * MINUTE),
        ),
        ("sender", BOTH, Step(StepKind.NEXT_SENDER, NOW, SIBLING)),
        (
            "sender",
            {"elsewhere": ELSEWHERE},
            Step(StepKind.NEXT_GATEWAY, NOW, ELSEWHERE),
        ),
        ("sender", {}, Step(StepKind.GIVE_UP)),
        ("sender", {"hops": MAX_HOPS, **BOTH}, Step(StepKind.GIVE_UP)),
        ("account", {"hops": MAX_HOPS, **BOTH}, Step(StepKind.HOLD, NOW + MINUTE)),
        # one of several that were refused together may be innocent
        ("content", {"retryable": True, "alone": True}, Step(StepKind.RETRY, NOW)),
        (
            "content",
            {"retryable": True, "alone": True, "attempts": MAX_ATTEMPTS},
            Step(StepKind.GIVE_UP),
        ),
        (
            "throttle",
            {"retryable": True, "wait": 61 * MINUTE},
            Step(StepKind.GIVE_UP, too_late=True),
        ),
        ("network", {"retryable": True}, Step(StepKind.RETRY, NOW + MINUTE)),
        ("network", BOTH, Step(StepKind.GIVE_UP)),
    ],
)
def test_the_class_decides(error_class, facts, expected):
    assert next_step(trouble(error_class, **facts)) == expected


@pytest.mark.parametrize(
    "error_class", ["content", "number", "consent", "request", "policy"]
)
@pytest.mark.parametrize("retryable", [False, True])
def test_what_lies_in_the_message_is_refused_whoever_sends_it(error_class, retryable):
    step = next_step(trouble(error_class, retryable=retryable, **BOTH))
    assert step == Step(StepKind.GIVE_UP)


troubles = st.builds(
    Trouble,
    error_class=st.sampled_from(CLASSES),
    now=st.just(NOW),
    expires_at=st.none() | st.integers(-5, 120).map(lambda n: NOW + n * MINUTE),
    retryable=st.booleans(),
    wait=st.integers(0, 120).map(lambda n: n * MINUTE),
    attempts=st.integers(1, MAX_ATTEMPTS + 1),
    alone=st.booleans(),
    hops=st.integers(0, MAX_HOPS + 1),
    circuit_open=st.booleans(),
    hurried=st.booleans(),
    sibling=st.none() | st.just(SIBLING),
    elsewhere=st.none() | st.just(ELSEWHERE),
)


@given(troubles)
def test_what_may_be_out_is_left_alone(facts):
    unknown = replace(facts, error_class="unknown_outcome")
    assert next_step(unknown) == Step(StepKind.LEAVE)
    assert (next_step(facts).kind is StepKind.LEAVE) == (
        facts.error_class == "unknown_outcome"
    )


@given(troubles)
def test_nothing_is_planned_beyond_the_expiry(facts):
    step = next_step(facts)
    if step.at is not None:
        assert step.at >= NOW
        assert facts.expires_at is None or step.at <= facts.expires_at
    if step.kind in (StepKind.RETRY, StepKind.NEXT_SENDER, StepKind.NEXT_GATEWAY):
        assert facts.expires_at is None or step.at < facts.expires_at


@given(troubles)
def test_a_hop_names_a_sender_that_was_offered_and_only_so_often(facts):
    step = next_step(facts)
    hops = {StepKind.NEXT_SENDER: SIBLING, StepKind.NEXT_GATEWAY: ELSEWHERE}
    assert step.sender_id == hops.get(step.kind)
    if step.kind in hops:
        assert facts.hops < MAX_HOPS
        assert step.sender_id in (facts.sibling, facts.elsewhere)


@given(troubles)
def test_a_chain_of_refusals_comes_to_an_end(facts):
    """Whatever happens again and again, at last nobody hands it over any more."""
    for _turn in range(MAX_HOPS + MAX_ATTEMPTS + 1):
        step = next_step(facts)
        if step.kind in (StepKind.NEXT_SENDER, StepKind.NEXT_GATEWAY):
            facts = replace(facts, hops=facts.hops + 1)
        elif step.kind is StepKind.RETRY:
            facts = replace(facts, attempts=facts.attempts + 1)
        else:
            return
    raise AssertionError(f"still going on: {facts}")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (report("network"), Step(StepKind.SEND_AGAIN, NOW, SIBLING)),
        (report("sender"), Step(StepKind.SEND_AGAIN, NOW, SIBLING)),
        (report("handset"), Step(StepKind.SEND_AGAIN, NOW + 30 * MINUTE, SIBLING)),
        (report(purpose="otp"), Step(StepKind.SEND_AGAIN, NOW, SIBLING)),
        (report(purpose="marketing"), Step(StepKind.GIVE_UP)),
        (report(purpose="notice"), Step(StepKind.GIVE_UP)),
        (report(allowed=False), Step(StepKind.GIVE_UP)),
        (report(repeated=True), Step(StepKind.GIVE_UP)),
        (report(other=None), Step(StepKind.GIVE_UP)),
        (report("number"), Step(StepKind.GIVE_UP)),
        (report("content"), Step(StepKind.GIVE_UP)),
        (report(""), Step(StepKind.GIVE_UP)),
        (
            report("handset", expires_at=NOW + 10 * MINUTE),
            Step(StepKind.GIVE_UP, too_late=True),
        ),
    ],
)
def test_after_a_report_of_failure(facts, expected):
    assert after_report(facts) == expected
