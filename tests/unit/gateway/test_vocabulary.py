"""The tables of words are whole."""

import pytest
from gateway.vocabulary import ERROR_CLASSES, ErrorClass, Outcome


def test_every_error_class_has_its_policy():
    assert set(ERROR_CLASSES) == set(ErrorClass)


@pytest.mark.parametrize("error_class", ErrorClass)
def test_policy_speaks_in_sentences(error_class):
    policy = ERROR_CLASSES[error_class]
    assert policy.sentence.endswith(".")
    assert policy.next_step.endswith(".")


def test_what_may_have_been_accepted_is_never_retried():
    assert not ERROR_CLASSES[ErrorClass.UNKNOWN_OUTCOME].retry


def test_queue_waits_only_for_what_all_messages_share():
    holding = {name for name, policy in ERROR_CLASSES.items() if policy.holds_queue}
    assert holding == {ErrorClass.ACCOUNT}


def test_members_read_as_their_value():
    assert f"{Outcome.ACCEPTED}" == str(Outcome.ACCEPTED) == "accepted"
