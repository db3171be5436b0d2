"""What holds for all rules together, whatever the facts."""

from dataclasses import replace
from datetime import timedelta

from facts import NOW, PURPOSES, Opening, cap, facts, minute, quiet_facts
from hypothesis import given
from hypothesis import strategies as st
from policy import RELEASABLE, RULES, Consent, Facts, PhoneProblem, Reason, Verdict
from policy import decide as decide_by
from policy.base import ALLOW

#: Facts that speak against a message, each in the eyes of one rule.
OBJECTIONS = st.sampled_from(
    [
        {"number_problem": PhoneProblem.SPECIAL},
        {"destination_closed": True},
        {"text": ""},
        {"segments": 99},
        {"suppressed": True},
        {"consent": Consent.REFUSED},
        {"repeated_until": minute(5)},
        {"approval": Reason.APPROVAL},
        {"inbound_pending_until": minute(5)},
        {"outside_test_list": True},
        {"hours": Opening(30, 45)},
        {"hours": Opening(7, 7)},
        {"caps": (cap(1, 60, 30),)},
        {"refused": Reason.OPTED_OUT},
        {"expires_at": NOW},
    ]
)
#: What no release lifts.
FOR_GOOD = frozenset(Reason) - RELEASABLE


def decide(found, at=NOW):
    return decide_by(RULES, found, at)


def verdicts(found, at):
    return [rule.evaluate(found, at).verdict for rule in RULES]


@given(facts)
def test_nothing_suspicious_ever_goes_out(found):
    decision = decide(found)
    if decision.verdict is not Verdict.ALLOW:
        assert decision.reason
        return
    assert found.text.strip()
    assert found.segments <= found.max_segments
    assert not found.number_problem
    assert not found.refused
    assert not found.destination_closed
    assert not found.outside_test_list
    assert not found.expires_at or found.expires_at > NOW
    assert not found.inbound_pending_until or found.inbound_pending_until <= NOW
    if found.suppressed:
        assert found.purpose == "notice" or (
            found.purpose == "otp" and found.code_passes_stop
        )
    if found.purpose == "marketing":
        assert found.consent is not Consent.REFUSED
        if found.consent_needed:
            assert found.consent in (Consent.GRANTED, Consent.UNPROVEN)
            assert found.consent is Consent.GRANTED or not found.proof_needed


@given(quiet_facts)
def test_nothing_leaves_too_early_or_too_often_unless_released(found):
    lifted = found.released
    if decide(found) != ALLOW or found.purpose != "marketing":
        return
    if found.hours and not lifted & {Reason.QUIET_HOURS, Reason.NO_COMMON_HOUR}:
        assert found.hours.is_open(NOW)
    if Reason.CAP not in lifted:
        assert all(used.frees_at(NOW) == NOW for used in found.caps)
    assert not found.approval or found.approval in lifted


@given(st.one_of(facts, quiet_facts))
def test_a_refusal_of_any_rule_refuses(found):
    if Verdict.DENY in verdicts(found, NOW):
        assert decide(found).verdict is Verdict.DENY


@given(st.one_of(facts, quiet_facts))
def test_a_hold_ends_later_and_before_the_message_expires(found):
    decision = decide(found)
    if decision.verdict is Verdict.HOLD and decision.until:
        assert decision.until > NOW
        assert not found.expires_at or decision.until < found.expires_at


@given(quiet_facts)
def test_at_the_end_of_a_hold_every_rule_allows(found):
    decision = decide(found)
    if decision.verdict is Verdict.HOLD and decision.until:
        assert set(verdicts(found, decision.until)) == {Verdict.ALLOW}
        assert decide(found, decision.until) == ALLOW


@given(quiet_facts)
def test_a_hold_is_asked_for_by_a_rule(found):
    decision = decide(found)
    if decision.verdict is Verdict.HOLD:
        named = [rule.evaluate(found, NOW).reason for rule in RULES]
        assert decision.reason in named


@given(quiet_facts, st.integers(0, 59))
def test_no_earlier_instant_would_have_been_allowed(found, part):
    decision = decide(found)
    if decision.verdict is Verdict.HOLD and decision.until:
        early = NOW + (decision.until - NOW) * (part / 60)
        if early < decision.until - timedelta(milliseconds=1):
            assert set(verdicts(found, early)) != {Verdict.ALLOW}


@given(st.one_of(facts, quiet_facts), OBJECTIONS)
def test_one_more_objection_never_makes_a_refused_message_go(found, objection):
    # an objection stands beside the others; it does not replace a graver one
    kept = {
        name: value
        for name, value in objection.items()
        if getattr(found, name) == Facts.__dataclass_fields__[name].default
        or name in ("text", "segments", "suppressed", "destination_closed")
    }
    before, after = decide(found), decide(replace(found, **kept))
    if before.verdict is not Verdict.ALLOW:
        assert after.verdict is not Verdict.ALLOW
    if before.verdict is Verdict.DENY:
        # too late for the end of one hold, it may wait for a person until it expires
        late = before.reason is Reason.EXPIRED
        assert after.verdict is Verdict.DENY or (late and after.until is None)


@given(st.one_of(facts, quiet_facts), st.frozensets(st.sampled_from(sorted(FOR_GOOD))))
def test_no_release_lifts_what_is_not_a_manager_s_to_lift(found, wished):
    plain = replace(found, released=found.released & RELEASABLE)
    assert decide(replace(plain, released=plain.released | wished)) == decide(plain)


@given(st.one_of(facts, quiet_facts))
def test_whoever_refused_gets_nothing_by_releasing_everything(found):
    released = replace(found, released=frozenset(Reason))
    if decide(released).verdict is Verdict.ALLOW:
        assert not found.suppressed or found.purpose in ("notice", "otp")
        assert found.consent is not Consent.REFUSED or found.purpose in PURPOSES[2:]
        assert not found.number_problem


@given(
    st.one_of(facts, quiet_facts), st.frozensets(st.sampled_from(sorted(RELEASABLE)))
)
def test_a_release_never_makes_things_worse(found, lifted):
    order = (Verdict.ALLOW, Verdict.HOLD, Verdict.DENY)
    plain = replace(found, released=frozenset())
    freed = decide(replace(found, released=lifted)).verdict
    assert order.index(freed) <= order.index(decide(plain).verdict)
