"""All scenarios, and how a run of them goes."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.system.hub import give_up

from .lab import Lab
from .results import Result
from .runner import CRONS, Runner
from .scenario import Scenario
from .scenarios import (
    answers,
    bodies,
    campaign,
    copies,
    core,
    database,
    kills,
    webhooks,
    workers,
)

#: In the order of the table; Odoo's own connector comes last.
_FAMILIES = (
    *(kills, workers, database, answers, webhooks, bodies, copies, campaign),
    core,
)
SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario for family in _FAMILIES for scenario in family.SCENARIOS
}


def chosen(
    only: Sequence[str] = (), *, short: bool = False, runner: Runner = CRONS
) -> list[Scenario]:
    """Return the scenarios of a run; nobody but us has another runner."""
    found = [SCENARIOS[name] for name in only] if only else list(SCENARIOS.values())
    return [
        one
        for one in found
        if not (short and one.long_only) and (one.ours or runner is CRONS)
    ]


def run(
    lab: Lab, scenarios: Sequence[Scenario], tell: Callable[[Result], object]
) -> list[Result]:
    """Run scenarios, several at a time, and those that measure time by themselves.

    :param tell: called with each result as it comes.
    """

    def one(scenario: Scenario) -> Result:
        result = _guarded(scenario, lab)
        tell(result)
        return result

    beside = [one for one in scenarios if lab.short or not one.alone]
    alone = [one for one in scenarios if one not in beside]
    beside.sort(key=lambda one: not one.slow)
    with ThreadPoolExecutor(lab.runner.worlds) as pool:
        try:
            found = list(pool.map(one, beside))
        except BaseException:
            # Ctrl-C: the scenarios end their programs and go
            give_up()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    found += [one(scenario) for scenario in alone]
    order = [scenario.name for scenario in scenarios]
    return sorted(found, key=lambda result: order.index(result.scenario))


def _guarded(scenario: Scenario, lab: Lab) -> Result:
    """Run one scenario; whatever breaks it off is a breach."""
    try:
        return scenario.run(lab)
    except Exception:  # noqa: BLE001 - the other scenarios go on, and it is told
        words = traceback.format_exc(limit=-6)
        return Result(scenario.name, 0, "trials", breaches=(f"broke off: {words}",))
