"""The checker finds what is wrong, and nothing else."""

import json

import pytest
from simulator.checker import Problem, compare, main


def row(n, **more):
    """Return a row of the ledger that was accepted."""
    return {
        "uuid": f"u{n}",
        "number": f"+91987654321{n}",
        "text": f"Text {n}",
        "state": "accepted",
        "message_id": f"m{n}",
        "reason": "",
        **more,
    }


def line(n, **more):
    """Return a line of the log."""
    return {
        "number": f"91987654321{n}",
        "text": f"Text {n}",
        "message_id": f"m{n}",
        **more,
    }


REFUSED = {"state": "failed", "message_id": "", "reason": "The number is not valid."}
UNSURE = {"state": "unknown", "message_id": "", "reason": "Nobody knows."}


def problems(rows, lines):
    """Return the kinds of the findings."""
    return [finding.problem for finding in compare(rows, lines)]


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([], []),
        ([row(1), row(2), row(3)], [line(3), line(1), line(2)]),
        ([row(1), row(2, **REFUSED)], [line(1)]),
        ([row(1, **UNSURE)], [line(1)]),
        ([row(1, **UNSURE)], []),
        ([row(1), row(1, message_id="m9")], [line(1), line(1, message_id="m9")]),
        # Sent again by a person after the first attempt had stayed unknown.
        (
            [row(1, **UNSURE), row(1, message_id="m9")],
            [line(1), line(1, message_id="m9")],
        ),
    ],
)
def test_clean_sets_pass(rows, lines):
    assert compare(rows, lines) == []


@pytest.mark.parametrize(
    ("rows", "lines", "problem"),
    [
        # An extra line: the platform accepted what nobody knows of.
        ([row(1)], [line(1), line(2)], Problem.NO_ROW),
        # A missing line: the ledger believes what never happened.
        ([row(1), row(2)], [line(1)], Problem.FOREIGN_ID),
        # A doubled line, with the same and with another id.
        ([row(1)], [line(1), line(1)], Problem.SENT_TWICE),
        ([row(1)], [line(1), line(1, message_id="m9")], Problem.SENT_TWICE),
        (
            [row(1, **UNSURE)],
            [line(1), line(1, message_id="m9")],
            Problem.SENT_TWICE,
        ),
        # The same number, another text.
        ([row(1)], [line(1), line(1, text="Other", message_id="m9")], Problem.NO_ROW),
        ([row(1, **REFUSED)], [line(1)], Problem.ROW_DENIES),
        ([row(1, **REFUSED | {"reason": ""})], [], Problem.NO_REASON),
        ([row(1, message_id="", reason="x")], [], Problem.NO_ID),
        ([row(1), row(1)], [line(1)], Problem.SHARED_ID),
    ],
)
def test_planted_difference_is_found(rows, lines, problem):
    assert problems(rows, lines) == [problem]


def test_each_kind_of_problem_has_a_case_that_finds_it():
    found = set()
    for mark in test_planted_difference_is_found.pytestmark:
        found |= {problem for _rows, _lines, problem in mark.args[1]}
    assert found == set(Problem)


def test_program_prints_findings_and_fails(tmp_path, capsys):
    ledger, log = tmp_path / "ledger.jsonl", tmp_path / "log.jsonl"
    ledger.write_text(json.dumps(row(1)) + "\n")
    log.write_text(json.dumps(line(1)) + "\n\n")
    assert main([str(ledger), str(log)]) == 0
    assert "1 rows, 1 accepted, 0 findings" in capsys.readouterr().out
    log.write_text(json.dumps(line(1)) + "\n" + json.dumps(line(2)) + "\n")
    assert main([str(ledger), str(log)]) == 1
    assert "accepted, but in no row: 919876543212" in capsys.readouterr().out
