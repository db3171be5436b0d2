"""Whose yes and no count for which kind of message."""

from dataclasses import replace

import pytest
from facts import FINE, NOW, PURPOSES
from policy import RULES, Consent, Decision, Reason, Verdict, decide
from policy.base import ALLOW

NEVER_REFUSED = ("otp", "notice")


def answer(consent, **facts):
    return decide(RULES, replace(FINE, consent=consent, **facts), NOW)


@pytest.mark.parametrize(
    ("consent", "proof_needed", "reason"),
    [
        (Consent.GRANTED, False, None),
        (Consent.GRANTED, True, None),
        (Consent.UNPROVEN, False, None),
        (Consent.UNPROVEN, True, Reason.CONSENT_UNPROVEN),
        (Consent.NONE, False, Reason.NO_CONSENT),
        (Consent.NONE, True, Reason.NO_CONSENT),
        (Consent.PENDING, False, Reason.CONSENT_PENDING),
        (Consent.EXPIRED, False, Reason.CONSENT_EXPIRED),
        (Consent.REFUSED, False, Reason.SCOPE_REFUSED),
        (Consent.REFUSED, True, Reason.SCOPE_REFUSED),
    ],
)
def test_marketing_needs_a_yes_that_counts(consent, proof_needed, reason):
    found = answer(
        consent, purpose="marketing", consent_needed=True, proof_needed=proof_needed
    )
    assert found == (Decision(Verdict.DENY, reason) if reason else ALLOW)


@pytest.mark.parametrize("consent", Consent)
@pytest.mark.parametrize("purpose", ["marketing", "transactional"])
@pytest.mark.parametrize("proof_needed", [False, True])
def test_where_no_consent_is_needed_only_a_refusal_refuses(
    consent, purpose, proof_needed
):
    found = answer(consent, purpose=purpose, proof_needed=proof_needed)
    assert (found == ALLOW) is (consent is not Consent.REFUSED)


@pytest.mark.parametrize("consent", Consent)
@pytest.mark.parametrize("purpose", ["transactional", "test"])
def test_own_business_and_tests_need_no_consent_but_respect_a_no(consent, purpose):
    found = answer(consent, purpose=purpose, consent_needed=True)
    assert (found == ALLOW) is (consent is not Consent.REFUSED)


@pytest.mark.parametrize("consent", Consent)
@pytest.mark.parametrize("purpose", NEVER_REFUSED)
def test_what_is_asked_for_asks_nobody(consent, purpose):
    found = answer(consent, purpose=purpose, consent_needed=True, proof_needed=True)
    assert found == ALLOW


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("consent", Consent)
def test_no_consent_speaks_louder_than_a_stop(purpose, consent):
    found = answer(consent, purpose=purpose, suppressed=True)
    assert (found.reason is Reason.SUPPRESSED) is (purpose != "notice")


@pytest.mark.parametrize("consent", set(Consent) - {Consent.GRANTED, Consent.UNPROVEN})
def test_no_manager_releases_a_missing_consent(consent):
    found = answer(
        consent, purpose="marketing", consent_needed=True, released=frozenset(Reason)
    )
    assert found.verdict is Verdict.DENY
