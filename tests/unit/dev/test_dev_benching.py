import pytest

from benchmarks.figures import ROUNDS, Row, side_by_side
from dev.benching import line, report


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


def test_the_report_holds_samples_and_ratio():
    found = report({"one": [row([4], 1, peer=[5], at_most=True)]})
    [entry] = found["benches"]["one"]
    assert (entry["ours"], entry["peer"], entry["ratio"]) == ([4], [5], 0.8)
    assert entry["reached"] is True
