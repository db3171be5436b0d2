"""Choosing and counting tests: no sum may look better than what happened."""

from pathlib import Path

import pytest

from dev import cli, testing
from dev.errors import Refusal
from dev.layout import Layout
from dev.testing import Group, Outcome

UNIT = Group("unit", ("tests/unit",), "unit")
HUB = Group("odoo", ("sms_gateway_hub/tests", "sms_gateway_hub_account/tests"), "odoo")


@pytest.mark.parametrize(
    ("status", "report", "expected"),
    [
        (0, '{"passed": 3, "failed": 0, "skipped": 1}', Outcome(3, 0, 1, 0)),
        (1, '{"passed": 3, "failed": 2, "skipped": 0}', Outcome(3, 2, 0, 1)),
        (5, '{"passed": 0, "failed": 0, "skipped": 0}', Outcome()),
        # Ended badly although no test failed: a crash, a broken import, a signal.
        (3, None, Outcome(0, 1, 0, 3)),
        (2, '{"passed": 3, "failed": 0, "skipped": 0}', Outcome(3, 1, 0, 2)),
        (-9, None, Outcome(0, 1, 0, 9)),
    ],
)
def test_a_group_is_counted(status, report, expected):
    assert testing.outcome_of(status, report) == expected


def test_groups_add_up_and_keep_the_worst_status():
    total = Outcome(1, 0, 2, 0) + Outcome(3, 1, 0, 1)
    assert total == Outcome(4, 1, 2, 1)
    assert str(total) == "4 passed, 1 failed, 2 skipped"


@pytest.mark.parametrize(
    ("args", "paths", "options"),
    [
        (["-k", "stop and not slow", "a.py"], ["a.py"], ["-k", "stop and not slow"]),
        (["a.py::T::t", "-x"], ["a.py::T::t"], ["-x"]),
        (["--maxfail", "2", "--tb=long"], [], ["--maxfail", "2", "--tb=long"]),
        ([], [], []),
    ],
)
def test_arguments_are_told_apart(args, paths, options):
    assert testing.split(args) == (paths, options)


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("tests/unit/dev/test_x.py::test_y", UNIT),
        ("./tests/unit", UNIT),
        ("sms_gateway_hub/tests/test_x.py", HUB),
        ("sms_gateway_hub_account/tests", HUB),
    ],
)
def test_a_path_selects_its_group_only(path, group):
    assert [one for one in (UNIT, HUB) if one.owns(path)] == [group]


def test_a_folder_whose_name_only_begins_alike_is_not_owned():
    assert not UNIT.owns("tests/unittest/test_x.py")


def test_without_paths_only_folders_with_tests_run(tmp_path: Path):
    (tmp_path / "sms_gateway_hub" / "tests").mkdir(parents=True)
    (tmp_path / "sms_gateway_hub" / "tests" / "test_x.py").touch()
    (tmp_path / "sms_gateway_hub_account" / "tests").mkdir(parents=True)
    assert HUB.selected([], tmp_path) == ["sms_gateway_hub/tests"]
    assert UNIT.selected([], tmp_path) == []


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(Refusal, match="There is no nowhere.py"):
        testing.relative("nowhere.py::test_x", tmp_path)


def test_absolute_paths_are_taken(tmp_path):
    (tmp_path / "test_x.py").touch()
    assert testing.relative(f"{tmp_path}/test_x.py::a", tmp_path) == "test_x.py::a"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch) -> Layout:
    """A cache of the test's own."""
    made = Layout(tmp_path / "checkout", tmp_path / "cache")
    monkeypatch.setattr(cli.layout, "current", lambda: made)
    return made


def test_a_refusal_is_one_sentence_and_no_traceback(monkeypatch, capsys):
    def refuse(*args):
        raise Refusal("Port 8069 is taken.")

    monkeypatch.setattr(cli.serving, "run", refuse)
    assert cli.main(["run"]) == cli.REFUSED
    assert capsys.readouterr().err == "hub: Port 8069 is taken.\n"


def test_a_full_disk_is_a_sentence_too(monkeypatch, capsys):
    def fill(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cli.doctor, "doctor", fill)
    assert cli.main(["doctor"]) == cli.REFUSED
    assert "disk is full" in capsys.readouterr().err


def test_options_after_test_go_to_pytest(monkeypatch):
    seen = []
    monkeypatch.setattr(cli.testing, "run", lambda place, rest: seen.extend(rest) or 0)
    assert cli.main(["test", "-k", "stop", "--help", "tests/unit"]) == 0
    assert seen == ["-k", "stop", "--help", "tests/unit"]


def test_only_tests_inside_odoo_run_beside_the_addons_of_others(monkeypatch, tmp_path):
    for folder in ("tests/unit", "hub/tests"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "test_x.py").touch()
    (tmp_path / "hub" / "__manifest__.py").write_text("{}")
    seen = []
    for kind in ("unit", "odoo", "apart"):
        monkeypatch.setattr(
            testing.Run,
            kind,
            lambda run, kind=kind: (
                seen.append((kind, run.options)) or testing.Outcome()
            ),
        )
    place = Layout(tmp_path, tmp_path)
    testing.run(place, ["-x", "--apart"])
    testing.run(place, ["hub/tests"])
    assert seen == [("unit", ["-x"]), ("apart", ["-x"]), ("odoo", [])]


def test_clean_without_a_yes_removes_nothing(place, monkeypatch, capsys):
    (place.cache / "odoo-data").mkdir(parents=True)
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    assert cli.main(["clean"]) == cli.REFUSED
    assert (place.cache / "odoo-data").exists()
    assert "Nothing was removed" in capsys.readouterr().err


def test_clean_removes_databases_and_keeps_downloads(place, monkeypatch):
    for name in ("odoo-data", "checkouts", "odoo-19-1"):
        (place.cache / name).mkdir(parents=True)
    monkeypatch.setattr(cli.cleaning, "stop_servers", lambda layout: None)
    home = place.cache / "p"
    monkeypatch.setattr(cli.cleaning.postgres_home, "home", lambda _: home)
    monkeypatch.delenv("PGHOST", raising=False)
    assert cli.main(["clean", "--yes"]) == 0
    left = {path.name for path in place.cache.iterdir()}
    assert left == {"locks", "odoo-19-1"}
