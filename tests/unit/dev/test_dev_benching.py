import pytest

from benchmarks.figures import QUICK, ROUNDS, Row, side_by_side, sized
from dev import bench_page
from dev.benching import BENCHES, entries, line


def row(ours, target, **values):
    return Row("doing it", "µs", ours, target, **values)


def test_without_a_peer_the_median_is_compared():
    assert row([30, 10, 20], 20).reaches()
    assert not row([30, 10, 20], 19).reaches()
    assert row([30, 10, 20], 20, at_most=False).reaches()
    assert not row([30, 10, 20], 21, at_most=False).reaches()


def test_beside_a_peer_the_median_of_the_rounds_ratios_is_compared():
    # the machine was busy in the second round, for both
    beside = row([8, 80, 9], 1.0, peer=[10, 100, 10])
    assert beside.ratio == pytest.approx(0.8)
    assert beside.reaches()
    assert not row([12, 120, 9], 1.1, peer=[10, 100, 10]).reaches()


@pytest.mark.parametrize(
    ("value", "target", "at_most", "reached"),
    [
        (109, 100, True, True),
        (112, 100, True, False),
        (91, 100, False, True),
        (89, 100, False, False),
        (0, 0, True, True),
        (1, 0, True, False),
    ],
)
def test_a_share_of_the_target(value, target, at_most, reached):
    assert row([value], target, at_most=at_most).reaches(0.9) is reached


def test_both_sides_are_measured_in_turns_and_the_first_round_does_not_count():
    calls = []

    def side(name):
        def work():
            calls.append(name)
            return float(calls.count(name))

        return work

    ours, peer = side_by_side(side("ours"), side("peer"))
    assert calls[:4] == ["peer", "ours", "ours", "peer"]
    assert ours == peer == [float(turn + 2) for turn in range(ROUNDS)]


def test_a_line_names_both_sides_and_the_target():
    words = line(row([4, 5, 6], 1.05, peer=[5, 5, 5], note="quiet hours on"))
    assert words == (
        "✓ doing it: ours 5 [4-6] µs, peer 5 [5-5] µs, ratio 1.00 "
        "(target at most 1.05); quiet hours on"
    )
    assert line(row([0.125], 0.1)).startswith("✗ doing it: ours 0.125 µs (target")


def test_what_is_kept_of_a_row_holds_samples_and_ratio():
    [entry] = entries([row([4], 1, peer=[5], at_most=True)])
    assert (entry["ours"], entry["peer"], entry["ratio"]) == ([4], [5], 0.8)
    assert entry["reached"] is True


def test_a_run_renews_its_own_figures_on_the_page(tmp_path):
    about = {"measured": "2026-03-04", "machine": "2 cores", "load": "0.1"}

    def run(name, ours):
        rows = entries([row([ours], 20)])
        bench_page.update(
            tmp_path, {name: {**about, "rows": rows}}, ["facts", "policy"]
        )

    run("policy", 10)
    run("facts", 30)
    run("policy", 25)
    page = (tmp_path / bench_page.PAGE).read_text()
    assert page.index("## Facts") < page.index("## Policy")
    assert "| doing it | 30 µs |  |  | at most 20 µs | **missed** |" in page
    assert "| doing it | 25 µs |" in page
    assert "| doing it | 10 µs |" not in page
    assert "Without figures so far: sending, " in page


def test_every_benchmark_is_explained_on_the_page():
    assert set(bench_page.ABOUT) == set(BENCHES)


def test_a_glance_takes_one_round_of_small_sizes(monkeypatch):
    monkeypatch.setenv(QUICK, "1")
    assert sized(1000, 10) == 10
    monkeypatch.delenv(QUICK)
    assert sized(1000, 10) == 1000
