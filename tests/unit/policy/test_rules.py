"""Each rule, and the order in which they speak."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from facts import FINE, NOW, PURPOSES, Opening
from policy import RULES, CapUse, Decision, PhoneProblem, Reason, Verdict, decide
from policy.base import ALLOW
from policy.hours import Hours, Schedule


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
        ({"number_problem": PhoneProblem.SPECIAL}, Reason.NUMBER_SPECIAL),
        ({"destination_closed": True}, Reason.DESTINATION),
        ({"text": ""}, Reason.TEXT_EMPTY),
        ({"text": " \n\t"}, Reason.TEXT_EMPTY),
        ({"segments": 11}, Reason.TEXT_TOO_LONG),
        ({"suppressed": True}, Reason.SUPPRESSED),
        ({"refused": Reason.OPTED_OUT}, Reason.OPTED_OUT),
        ({"repeated_until": NOW + timedelta(hours=1)}, Reason.REPEATED),
        ({"expires_at": NOW}, Reason.EXPIRED),
    ],
)
def test_every_refusal_has_its_reason(facts, reason):
    assert answer(**facts) == Decision(Verdict.DENY, reason)


def test_every_problem_of_a_number_is_refused():
    for problem in PhoneProblem:
        assert answer(number_problem=problem).verdict is Verdict.DENY


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_country_that_is_not_texted_gets_nothing_at_all(purpose):
    assert answer(purpose=purpose, destination_closed=True).reason is Reason.DESTINATION


@pytest.mark.parametrize("segments", [1, 10])
def test_a_text_of_the_allowed_length_goes(segments):
    assert answer(segments=segments) == ALLOW


@pytest.mark.parametrize("purpose", PURPOSES)
def test_only_the_confirmation_reaches_who_refused(purpose):
    verdict = answer(purpose=purpose, suppressed=True).verdict
    assert verdict is (Verdict.ALLOW if purpose == "notice" else Verdict.DENY)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_code_that_was_asked_for_passes_a_stop_and_nothing_else_does(purpose):
    found = answer(purpose=purpose, suppressed=True, code_passes_stop=True)
    passes = purpose in ("otp", "notice")
    assert found.verdict is (Verdict.ALLOW if passes else Verdict.DENY)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_repeated_text_is_refused_until_its_window_ends(purpose):
    until = NOW + timedelta(seconds=1)
    assert answer(purpose=purpose, repeated_until=until).reason is Reason.REPEATED
    assert answer(purpose=purpose, repeated_until=NOW) == ALLOW


@pytest.mark.parametrize("reason", [Reason.APPROVAL, Reason.USER_LIMIT])
def test_what_needs_a_second_person_waits_for_one(reason):
    assert answer(approval=reason) == Decision(Verdict.HOLD, reason)
    assert answer(approval=reason, released=frozenset({reason})) == ALLOW


def test_a_release_of_one_reason_is_none_of_the_other():
    waiting = answer(approval=Reason.USER_LIMIT, released=frozenset({Reason.APPROVAL}))
    assert waiting == Decision(Verdict.HOLD, Reason.USER_LIMIT)


def test_an_unread_reply_holds_for_the_moment_it_takes_to_read_it():
    until = NOW + timedelta(seconds=5)
    assert answer(inbound_pending_until=until) == Decision(
        Verdict.HOLD, Reason.INBOUND_PENDING, until
    )
    assert answer(inbound_pending_until=NOW) == ALLOW


def test_test_mode_holds_without_an_end():
    assert answer(outside_test_list=True) == Decision(Verdict.HOLD, Reason.TEST_MODE)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_quiet_hours_hold_marketing_until_they_end(purpose):
    found = answer(purpose=purpose, hours=Opening(30, 45))
    if purpose == "marketing":
        until = NOW + timedelta(minutes=30)
        assert found == Decision(Verdict.HOLD, Reason.QUIET_HOURS, until)
    else:
        assert found == ALLOW


def test_an_open_hour_is_no_reason_to_wait():
    assert answer(purpose="marketing", hours=Opening(0, 1)) == ALLOW


def test_without_a_common_hour_marketing_waits_for_a_person():
    never = {"purpose": "marketing", "hours": Opening(5, 5)}
    assert answer(**never) == Decision(Verdict.HOLD, Reason.NO_COMMON_HOUR)
    for reason in (Reason.NO_COMMON_HOUR, Reason.QUIET_HOURS):
        assert answer(**never, released=frozenset({reason})) == ALLOW


def test_the_hours_of_a_place_hold_until_they_begin():
    paris = Hours(("Europe/Paris",), (Schedule("FR", "France", ((480, 1200),) * 7),))
    evening = datetime(2026, 3, 2, 19, 30, tzinfo=timezone.utc)
    found = decide(RULES, replace(FINE, purpose="marketing", hours=paris), evening)
    morning = datetime(2026, 3, 3, 7, 0, tzinfo=timezone.utc)
    assert found == Decision(Verdict.HOLD, Reason.QUIET_HOURS, morning)


def test_whoever_releases_quiet_hours_sends_at_once():
    closed = {"purpose": "marketing", "hours": Opening(30, 45)}
    assert answer(**closed, released=frozenset({Reason.QUIET_HOURS})) == ALLOW
    other = answer(**closed, released=frozenset({Reason.NO_COMMON_HOUR}))
    assert other.reason is Reason.QUIET_HOURS


def test_a_release_of_quiet_hours_does_not_outlast_a_cap():
    day = Schedule("XX", "Anywhere", ((8 * 60, 20 * 60),) * 7)
    late = NOW.replace(hour=22, minute=0)
    used = CapUse(1, timedelta(hours=24), (NOW.replace(hour=3, minute=0),))
    facts = replace(
        FINE,
        purpose="marketing",
        expires_at=None,
        hours=Hours.of(("UTC",), (day,)),
        released=frozenset({Reason.QUIET_HOURS}),
    )
    assert decide(RULES, facts, late) == ALLOW
    morning = late.replace(hour=8) + timedelta(days=1)
    held = Decision(Verdict.HOLD, Reason.CAP, morning)
    assert decide(RULES, replace(facts, caps=(used,)), late) == held


def test_what_would_wait_beyond_its_expiry_is_refused():
    found = answer(
        purpose="marketing",
        hours=Opening(30, 45),
        expires_at=NOW + timedelta(minutes=30),
    )
    assert found == Decision(Verdict.DENY, Reason.EXPIRED)


def test_the_order_is_that_of_what_a_person_can_mend():
    everything = {
        "refused": Reason.DUPLICATE,
        "number_problem": PhoneProblem.MISSING,
        "destination_closed": True,
        "text": "",
        "suppressed": True,
        "repeated_until": NOW + timedelta(hours=1),
        "approval": Reason.APPROVAL,
    }
    reasons = []
    while everything:
        reasons.append(answer(**everything).reason)
        everything.pop(next(iter(everything)))
    assert reasons == [
        Reason.DUPLICATE,
        Reason.NUMBER_MISSING,
        Reason.DESTINATION,
        Reason.TEXT_EMPTY,
        Reason.SUPPRESSED,
        Reason.REPEATED,
        Reason.APPROVAL,
    ]
