"""Names of databases, and what makes a new template necessary."""

from pathlib import Path

import pytest

from dev import addons, databases


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def addon(name, depends, installable=True):
        folder = tmp_path / name
        (folder / "tests").mkdir(parents=True)
        (folder / "static" / "tests").mkdir(parents=True)
        content = {"depends": depends, "installable": installable}
        (folder / "__manifest__.py").write_text(repr(content))
        (folder / "models.py").write_text("x = 1\n")

    addon("hub", ["crm_sms", "base_automation"])
    addon("hub_account", ["hub", "account"])
    addon("hub_old", ["nothing"], installable=False)
    (tmp_path / "dev").mkdir()
    return tmp_path


def test_only_installable_addons_are_found(repository):
    assert [path.name for path in addons.find(repository)] == ["hub", "hub_account"]


def test_addons_that_change_how_the_rest_runs_are_apart(repository, monkeypatch):
    monkeypatch.setattr(addons, "APART", ("hub_account",))
    assert [path.name for path in addons.find(repository)] == ["hub"]
    every = addons.find(repository, apart=True)
    assert [path.name for path in every] == ["hub", "hub_account"]


def test_outside_needs_leave_out_our_own_addons(repository):
    needs = addons.outside_needs(addons.find(repository))
    assert needs == ["account", "base_automation", "crm_sms", "sms_twilio"]


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("models.py", True),
        ("views/new.xml", True),
        ("static/tests/tour.js", True),
        ("tests/test_new.py", False),
        ("README.md", False),
        ("__pycache__/models.pyc", False),
        ("gateway/__pycache__/client.pyc", False),
    ],
)
def test_a_template_is_renewed_by_what_shapes_a_database(repository, path, changes):
    folders = addons.find(repository)
    before = addons.fingerprint(folders)
    target = repository / "hub" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("y = 2\n")
    assert (addons.fingerprint(folders) != before) is changes


def test_moving_a_file_changes_the_fingerprint(repository):
    folders = addons.find(repository)
    before = addons.fingerprint(folders)
    (repository / "hub" / "models.py").rename(repository / "hub" / "other.py")
    assert addons.fingerprint(folders) != before


def test_a_copy_says_which_process_it_belongs_to():
    name = f"{databases.copy_prefix('ab12cd34')}4711_2"
    assert databases.owner_pid(name, "ab12cd34") == 4711


@pytest.mark.parametrize(
    "name", ["smshub_full_ab12cd34", "smshub_copy_other123_4711_2", "somebody_elses"]
)
def test_other_databases_belong_to_no_process_of_this_checkout(name):
    assert databases.owner_pid(name, "ab12cd34") is None
