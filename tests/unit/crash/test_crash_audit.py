"""What the crash scenarios call lost and duplicated."""

import json
from types import SimpleNamespace

import pytest

from tests.crash.lab import Site


@pytest.fixture
def site(tmp_path):
    """A company that asked for one text, with a ledger and a log to fill in."""
    ledger, log = [], tmp_path / "accepted.jsonl"
    log.touch()
    found = Site(
        world=SimpleNamespace(
            database=SimpleNamespace(records=lambda _query: ledger), ledger=ledger
        ),
        platform=SimpleNamespace(accepted=log),
        fault=None,
        settings={},
    )
    found.asked.append("Hello")
    return found


def row(site, state, message_id=None):
    """Add a row of the ledger."""
    site.world.ledger.append(
        {
            "uuid": "u",
            "number": "+911",
            "text": "Hello",
            "state": state,
            "message_id": message_id,
            "reason": "because",
        }
    )


def take(site, times=1):
    """Let the platform take the text."""
    with site.platform.accepted.open("a") as log:
        for turn in range(times):
            line = {"number": "911", "text": "Hello", "message_id": f"m{turn}"}
            log.write(f"{json.dumps(line)}\n")


def figures(audit):
    return audit.lost, audit.duplicated


def test_a_text_that_arrived_once_is_fine(site):
    row(site, "delivered", "m0")
    take(site)
    audit = site.audit(refused=False)
    assert figures(audit) == (0, 0)
    assert not audit.findings


def test_a_text_without_a_row_is_lost_once(site):
    take(site)
    assert figures(site.audit()) == (1, 0)


@pytest.mark.parametrize("state", ["queued", "held", "claimed"])
def test_a_text_that_got_stuck_is_lost(site, state):
    row(site, state)
    audit = site.audit()
    assert figures(audit) == (1, 0)
    assert f"ended as {state}: Hello" in audit.findings


@pytest.mark.parametrize("state", ["failed", "expired", "blocked", "cancelled"])
def test_a_text_that_was_given_up_is_lost_where_nobody_refused_it(site, state):
    row(site, state)
    assert figures(site.audit()) == (0, 0)
    audit = site.audit(refused=False)
    assert figures(audit) == (1, 0)
    assert audit.findings


def test_a_text_whose_row_denies_that_it_was_taken_is_lost(site):
    row(site, "failed")
    take(site)
    assert figures(site.audit()) == (1, 0)
    assert figures(site.audit(refused=False)) == (1, 0)


def test_a_text_that_was_taken_twice_is_duplicated_whatever_its_row_says(site):
    row(site, "unknown")
    take(site, 2)
    audit = site.audit()
    assert figures(audit) == (0, 1)
    assert audit.findings
