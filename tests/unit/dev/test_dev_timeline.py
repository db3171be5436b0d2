"""The story that ``./hub run`` tells."""

import pytest

from dev.timeline import StepFailed, Timeline, until


def test_a_step_that_works_is_told_with_its_detail(capsys):
    timeline = Timeline()
    with timeline.step("message queued") as step:
        step.detail = "to +91 …"
    assert timeline.steps[0].ok
    assert "✓" in capsys.readouterr().out


def test_a_step_that_fails_says_why_and_ends_the_story(capsys):
    timeline = Timeline()
    with pytest.raises(StepFailed), timeline.step("delivered"):
        raise ConnectionRefusedError("nothing answers")
    assert not timeline.steps[0].ok
    assert "nothing answers" in capsys.readouterr().out


def test_a_mistake_of_ours_is_not_hidden_as_a_failed_step():
    with pytest.raises(KeyError), Timeline().step("delivered"):
        raise KeyError("x")


def test_waiting_returns_the_first_true_value():
    values = iter([0, None, 7])
    assert until(lambda: next(values), "it", pause=0) == 7


def test_waiting_ends_with_a_sentence():
    with pytest.raises(StepFailed, match="a reply did not happen within 0 s"):
        until(lambda: None, "a reply", seconds=0, pause=0)
