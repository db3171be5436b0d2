"""The caller of webhooks: it counts right, and never calls a refusal an answer."""

import pytest

from benchmarks.ledger import copies
from benchmarks.load import Call, in_words, latencies, percentile, throughput
from tests.simulator import Simulator


@pytest.fixture
def platform(tmp_path):
    with Simulator(tmp_path / "log") as running:
        yield running


def test_a_percentile_is_a_sample_that_so_many_do_not_exceed():
    samples = [float(value) for value in range(100, 0, -1)]
    assert percentile(samples, 0.5) == 50
    assert percentile(samples, 0.99) == 99
    assert percentile([7.0], 0.99) == 7
    assert in_words([0.010, 0.010, 0.040]) == "p50 10, p95 40, p99 40, mean 20 ms"


def test_every_call_is_made_once_and_at_its_time(platform):
    calls = [Call(f"{platform.url}/_control", b"{}", {})] * 30
    assert throughput(calls, 4) > 0
    took = latencies(calls, rate=300, threads=4)
    assert len(took) == 30
    assert all(0 < seconds < 5 for seconds in took)


def test_a_call_that_is_refused_breaks_the_measurement_off(platform):
    with pytest.raises(AssertionError, match="404"):
        throughput([Call(f"{platform.url}/nowhere", b"", {})], 2)


def test_copies_are_made_by_one_statement_that_names_what_differs():
    sql = copies("sms_hub_message", 7, uuid="md5(n::text)")
    assert sql.startswith("INSERT INTO sms_hub_message SELECT")
    assert "generate_series(1, 7) AS n" in sql
    assert "'uuid', md5(n::text)" in sql
