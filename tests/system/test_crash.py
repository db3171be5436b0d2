"""The short form of ``./hub crash``: every scenario once, several at a time."""

import sys

import pytest

from tests.crash import registry
from tests.crash.lab import Lab
from tests.crash.results import line

SHORT = registry.chosen(short=True)


@pytest.fixture(scope="module")
def results(request, hub_stack, template, tmp_path_factory):
    """The results of the scenarios whose tests were selected."""
    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    }
    scenarios = [one for one in SHORT if one.name in wanted]
    lab = Lab(hub_stack, template, tmp_path_factory.mktemp("crash"), (1,), short=True)
    found = registry.run(
        lab, scenarios, lambda result: sys.stdout.write(f"{line(result)}\n")
    )
    return {result.scenario: result for result in found}


@pytest.mark.parametrize("name", [one.name for one in SHORT])
def test_what_a_fault_may_not_do(results, name):
    result = results[name]
    assert result.trials > 0, result
    assert result.kept, result.breaches
