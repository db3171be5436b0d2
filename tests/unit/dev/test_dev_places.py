"""Folders, locks, ports and processes: nothing half-made, nothing of anybody else's."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dev import (
    children,
    layout,
    odoo,
    ports,
    postgres,
    postgres_home,
    process,
    python_env,
    simulator,
)
from dev.errors import Refusal
from dev.timeline import until


@pytest.fixture
def place(tmp_path: Path) -> layout.Layout:
    made = layout.Layout(tmp_path / "checkout", tmp_path / "cache")
    made.state.mkdir(parents=True)
    return made


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"SMS_HUB_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/sms-gateway-hub"),
        ({}, str(Path.home() / ".cache" / "sms-gateway-hub")),
    ],
)
def test_the_cache_is_where_the_user_says(environ, expected):
    assert str(layout.cache_folder(environ)) == expected


def test_two_checkouts_have_two_keys(tmp_path):
    one = layout.Layout(tmp_path / "one", tmp_path)
    two = layout.Layout(tmp_path / "two", tmp_path)
    assert one.checkout_key != two.checkout_key


def test_a_folder_appears_only_when_it_is_complete(tmp_path):
    target = tmp_path / "target"
    with layout.built_aside(target) as aside:
        (aside / "file").write_text("done")
        assert not target.exists()
    assert (target / "file").read_text() == "done"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, SystemExit])
def test_an_interrupted_build_leaves_nothing_behind(tmp_path, error):
    with pytest.raises(error), layout.built_aside(tmp_path / "target") as aside:
        (aside / "half").write_text("…")
        raise error
    assert list(tmp_path.iterdir()) == []


def test_the_remains_of_a_killed_build_are_taken_away(tmp_path):
    (tmp_path / ".target.part-x1").mkdir()
    with layout.built_aside(tmp_path / "target"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_full_disk_is_refused_before_anything_is_fetched(tmp_path):
    with pytest.raises(Refusal, match="GB are free .* SMS_HUB_CACHE"):
        layout.need_space(tmp_path, needed=10**18)


def test_a_second_run_of_a_checkout_is_refused(place):
    with layout.only_one(place, "run"):
        with pytest.raises(Refusal, match="Another `./hub run`"):
            with layout.only_one(place, "run"):
                pass
    with layout.only_one(place, "run"):
        pass


def test_the_cache_is_not_cleaned_while_somebody_works_with_it(place):
    with layout.in_use(place), layout.in_use(place):
        with pytest.raises(Refusal, match="Another ./hub is working"):
            with layout.in_use(place, alone=True):
                pass
    with layout.in_use(place, alone=True):
        pass


def test_a_taken_port_is_refused_with_a_free_one_as_advice():
    with socket.socket() as taken:
        taken.bind((ports.HOST, 0))
        taken.listen()
        number = taken.getsockname()[1]
        with pytest.raises(Refusal, match=rf"{number} is taken.*--port \d+"):
            ports.need(number)
    # Port 0 asks the system for a free one; a port freed here may be taken at once.
    ports.need(0)


@pytest.mark.parametrize("number", [-1, 65536])
def test_an_impossible_port_is_refused(number):
    with pytest.raises(Refusal, match="--port"):
        ports.need(number)


def test_a_stranger_with_our_process_id_is_not_ours():
    assert process.is_running(os.getpid(), "pytest")
    assert not process.is_running(os.getpid(), "postgres")
    assert not process.is_running(2**22 + 1, "pytest")


def test_a_failed_program_shows_its_last_lines():
    code = "import sys; [print(n) for n in range(40)]; sys.exit(3)"
    with pytest.raises(process.Failed) as caught:
        process.output_of([sys.executable, "-c", code])
    assert caught.value.tail.splitlines() == [str(n) for n in range(25, 40)]


def test_a_program_that_met_a_full_disk_is_explained():
    code = "raise SystemExit('cp: write error: No space left on device')"
    with pytest.raises(Refusal, match="disk is full"):
        process.output_of([sys.executable, "-c", code])


def test_a_missing_program_is_named():
    with pytest.raises(Refusal, match="no-such-program"):
        process.output_of(["no-such-program"])


def test_children_and_their_children_end_with_the_block(place):
    pid_file = place.state / "run.pids"
    log = place.state / "child.log"
    with children.Children(pid_file) as family:
        child = family.start(["sh", "-c", "sleep 60 & echo $!; wait"], log)
        assert pid_file.read_text() == str(child.pid)
        until(lambda: log.read_text().strip(), "the child's first line")
        grandchild = int(log.read_text())
    assert child.poll() is not None
    assert until(lambda: not process.is_running(grandchild, "sleep"), "its end")
    assert not pid_file.exists()


def test_leftovers_of_a_killed_run_are_ended_but_no_stranger(place):
    pid_file = place.state / "run.pids"
    ours = subprocess.Popen(
        [sys.executable, "-c", "input()", str(place.state)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    stranger = subprocess.Popen(
        [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
    )
    pid_file.write_text(f"{ours.pid}\n{stranger.pid}")
    try:
        assert children.end_leftovers(pid_file, place.state) == 1
        assert ours.wait(5) < 0
        assert stranger.poll() is None
    finally:
        for left in (ours, stranger):
            left.stdin.close()
            left.wait(5)


def test_of_what_pip_said_only_the_errors_are_shown():
    said = "WARNING: Retrying (4)\nERROR: No matching distribution found for lxml\n"
    assert (
        python_env.errors_in(said) == "ERROR: No matching distribution found for lxml"
    )
    assert python_env.errors_in("something else\n") == "something else"


def test_an_environment_belongs_to_a_lock_file_and_a_python():
    keys = {
        python_env.environment_key(b"a", "/usr/bin/python3", "3.11"),
        python_env.environment_key(b"b", "/usr/bin/python3", "3.11"),
        python_env.environment_key(b"a", "/opt/python3", "3.11"),
        python_env.environment_key(b"a", "/usr/bin/python3", "3.12"),
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("release", "series"),
    [
        ("version_info = (19, 0, 0, FINAL, 0, '')", 19),
        ("version_info = ('saas~18', 3, 0, FINAL, 0, '')", 18),
        ("nothing", None),
    ],
)
def test_the_series_of_an_odoo_is_read(release, series):
    assert odoo.series_in(release) == series


def test_another_odoo_than_19_is_refused(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (18, 0, 0)")
    with pytest.raises(Refusal, match="version 18; 19 is needed"):
        odoo.at(tmp_path)


def test_a_folder_without_odoo_is_refused(tmp_path):
    with pytest.raises(Refusal, match="no Odoo in .*ODOO_HOME"):
        odoo.at(tmp_path)


def test_a_checkout_has_two_addons_folders(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo" / "release.py").write_text("version_info = (19, 0, 0)")
    (tmp_path / "odoo-bin").touch()
    found = odoo.at(tmp_path)
    assert found.addons == (tmp_path / "odoo" / "addons", tmp_path / "addons")


def test_a_socket_path_never_exceeds_what_the_kernel_takes(tmp_path):
    short = postgres.socket_folder(Path("/var/tmp/cluster"))
    long = postgres.socket_folder(Path("/" + "x" * 120) / "cluster")
    assert short == Path("/var/tmp/cluster/socket")
    assert len(str(long)) <= postgres.LONGEST_FOLDER


def test_a_folder_under_a_closed_one_is_out_of_reach(tmp_path):
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert postgres_home.reachable(inner, None)
    assert not postgres_home.reachable(inner, 65534)


def test_the_named_server_is_never_ours():
    server = postgres.named_server({"PGHOST": "db", "PGPASSWORD": "s"}, Path("/bin"))
    assert server is not None
    assert (server.port, server.ours) == (5432, False)
    assert server.environment["PGPASSWORD"] == "s"
    assert postgres.named_server({}, Path("/bin")) is None


def test_the_address_of_the_simulator_is_read():
    said = "starting\nlistening on http://127.0.0.1:40123\n"
    assert simulator.address_in(said) == "http://127.0.0.1:40123"
    assert simulator.address_in("starting") is None
