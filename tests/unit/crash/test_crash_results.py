"""What `./hub crash` says of what it found."""

import json

import pytest

from tests.crash import registry, report
from tests.crash.results import Result, cells, line, percent, table
from tests.crash.runner import CRONS, QUEUE_JOB

CLEAN = Result("killed_after_claim", 200, "kills", unknown=18, recovered=16.2)
LOST = Result("killed_after_claim", 10, "kills", lost=1, breaches=("in no row: x",))


def test_without_a_failure_the_bound_is_three_by_the_trials():
    assert CLEAN.bound == pytest.approx(0.015)
    assert Result("x", 2, "kills").bound == 1.0
    assert LOST.bound is None
    assert Result("x", 0, "kills").bound is None


@pytest.mark.parametrize(
    ("share", "words"),
    [(None, "-"), (1.0, "100 %"), (0.015, "1.5 %"), (0.0003, "0.03 %"), (0.2, "20 %")],
)
def test_a_bound_is_never_written_smaller_than_it_is(share, words):
    assert percent(share) == words


def test_a_breach_breaks_our_promise_and_not_somebody_elses():
    assert CLEAN.kept
    assert not LOST.kept
    assert Result("x", 1, "kills", breaches=("twice",), judged=False).kept


def test_a_line_names_the_seeds_and_says_how_it_went():
    found = line(Result("a_fault", 3, "kills", recovered=2.04, seeds=(1, 2, 3)))
    assert found.startswith("✓ a fault: 3 kills, 0 lost, 0 duplicated")
    assert found.endswith("recovered in 2.0 s, 95 % bound 100 %; seeds 1-3")
    assert line(LOST).startswith("✗")


def test_a_table_has_even_columns():
    first, *others = table([CLEAN, LOST]).splitlines()
    place = first.index("lost")
    assert [row[place] for row in others] == ["0", "1"]


def test_a_result_survives_its_way_through_json():
    again = Result.from_json(json.loads(json.dumps(LOST.to_json())))
    assert again == LOST


def test_the_page_keeps_the_rows_that_were_not_measured_again(tmp_path):
    def row(result):
        return {**result.to_json(), "measured": "2026-01-01", "machine": "2 cores"}

    report.update(tmp_path, {"killed_after_claim": row(CLEAN)})
    other = Result("killed_request_sent", 40, "kills", unknown=7)
    report.update(tmp_path, {"killed_request_sent": row(other)})
    broken_off = Result("killed_after_claim", 0, "kills", breaches=("broke off",))
    report.update(tmp_path, {"killed_after_claim": row(broken_off)})
    text = (tmp_path / report.PAGE).read_text()
    for result in (CLEAN, other):
        assert " | ".join(cells(result)) in text
    assert "240 kills: 0 lost, 0 duplicated, 0 broken promises" in text
    assert "a later run, on 2026-01-01, broke off." in text
    report.update(tmp_path, {"killed_after_claim": row(CLEAN)})
    assert "broke off" not in (tmp_path / report.PAGE).read_text()


def test_the_page_names_the_scenarios_that_were_never_measured(tmp_path):
    row = {**CLEAN.to_json(), "measured": "2026-01-01", "machine": "2 cores"}
    report.update(tmp_path, {name: row for name in list(registry.SCENARIOS)[1:]})
    first = next(iter(registry.SCENARIOS))
    text = (tmp_path / report.PAGE).read_text()
    assert f"Without figures so far: {first}." in text
    report.update(tmp_path, {first: row})
    assert "Without figures" not in (tmp_path / report.PAGE).read_text()


def test_each_runner_has_a_table_and_each_breach_is_told(tmp_path):
    def row(result):
        return {**result.to_json(), "measured": "2026-01-01", "machine": "2 cores"}

    report.update(tmp_path, {"killed_after_claim": row(CLEAN)})
    report.update(tmp_path, {"killed_after_claim": row(LOST)}, QUEUE_JOB)
    text = (tmp_path / report.PAGE).read_text()
    by_crons, by_jobs = text.split("## Under queue_job")
    assert " | ".join(cells(CLEAN)) in by_crons
    assert " | ".join(cells(LOST)) in by_jobs
    assert "killed_after_claim: broken, 1 findings" in by_jobs
    assert text.count("**killed_after_claim**") == 1


def test_every_scenario_says_what_it_does_and_what_it_promises():
    for name, scenario in registry.SCENARIOS.items():
        assert name == scenario.name
        assert scenario.fault.endswith("."), name
        assert scenario.promise.endswith("."), name


def test_the_short_form_leaves_out_what_takes_long():
    names = [one.name for one in registry.chosen(short=True)]
    assert names == [one.name for one in registry.chosen() if not one.long_only]
    assert len(names) < len(registry.SCENARIOS)
    [one] = registry.chosen(["killed_after_claim"])
    assert one.name == "killed_after_claim"


def test_only_ours_run_by_jobs():
    for short in (False, True):
        by_jobs = registry.chosen(short=short, runner=QUEUE_JOB)
        assert by_jobs == [one for one in registry.chosen(short=short) if one.ours]
    assert len(registry.chosen(runner=QUEUE_JOB)) < len(registry.chosen())


def test_jobs_have_workers_beside_those_of_a_scenario():
    spare = QUEUE_JOB.job_workers
    assert QUEUE_JOB.configured()["workers"] == CRONS.configured()["workers"] + spare
    assert QUEUE_JOB.configured(workers=4)["workers"] == 4 + spare
    assert CRONS.configured(workers=4)["workers"] == 4
    channels = QUEUE_JOB.environment["ODOO_QUEUE_JOB_CHANNELS"]
    assert f"root:{spare}," in channels
