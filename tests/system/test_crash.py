"""The short form of ``./hub crash``: every scenario once, several at a time."""

import sys

import pytest

from dev import databases
from tests.crash import registry
from tests.crash.lab import Lab
from tests.crash.results import Result, line
from tests.crash.runner import CRONS, QUEUE_JOB

SHORT = registry.chosen(short=True)
#: Those that jobs go about most differently; ``./hub crash --runner`` has all.
BY_JOBS = ("killed_answer_read", "frozen")


def outcomes(request: pytest.FixtureRequest, lab: Lab) -> dict[str, Result]:
    """Run the scenarios whose tests were selected, by one runner."""
    params = [
        item.callspec.params
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    wanted = {one["name"] for one in params if one["runner"] is lab.runner}
    found = registry.run(
        lab,
        [one for one in SHORT if one.name in wanted],
        lambda result: sys.stdout.write(f"{line(result)}\n"),
    )
    return {result.scenario: result for result in found}


@pytest.fixture(scope="module")
def by_crons(request, hub_stack, template, tmp_path_factory):
    """What became of the scenarios by scheduled actions."""
    folder = tmp_path_factory.mktemp("crash")
    return outcomes(request, Lab(hub_stack, template, folder, (1,), short=True))


@pytest.fixture(scope="module")
def by_jobs(request, queue_stack, tmp_path_factory):
    """What became of the scenarios by jobs."""
    folder = tmp_path_factory.mktemp("crash_by_jobs")
    full = databases.full_template(queue_stack)
    with databases.copied(queue_stack, full) as template:
        lab = Lab(queue_stack, template, folder, (1,), True, QUEUE_JOB)
        return outcomes(request, lab)


@pytest.mark.parametrize(
    ("runner", "name"),
    [
        *(pytest.param(CRONS, one.name, id=one.name) for one in SHORT),
        *(pytest.param(QUEUE_JOB, name, id=f"queue_job-{name}") for name in BY_JOBS),
    ],
)
def test_what_a_fault_may_not_do(request, runner, name):
    results = request.getfixturevalue("by_jobs" if runner is QUEUE_JOB else "by_crons")
    result = results[name]
    assert result.trials > 0, result
    assert result.kept, result.breaches
