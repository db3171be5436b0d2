"""Reading what apt prints."""

from pathlib import Path

import pytest

from dev import debian, postgres_home

URIS = """\
'http://mirror.example/debian-security/dists/bookworm-security/InRelease' a 0
'http://mirror.example/debian/dists/bookworm-updates/InRelease' b 0
'http://mirror.example/debian/dists/bookworm/InRelease' c 0
'http://mirror.example/debian/dists/bookworm/main/binary-all/Packages.xz' d 0
"""

SIMULATION = """\
NOTE: This is only a simulation!
The following NEW packages will be installed:
  chromium libjsoncpp25
Inst libc6 [2.36-9+deb12u10] (2.36-9+deb12u13 Debian:12.12/oldstable [amd64])
Inst libjsoncpp25 (1.9.5-4 Debian:12.11/stable [amd64])
Inst libxnvctrl0 [1] (525.85.05-3~deb12u1 Debian:12.11/stable [amd64]) []
Inst chromium (137.0.7151.68-1~deb12u1 Debian-Security:12/stable [amd64])
Conf libjsoncpp25 (1.9.5-4 Debian:12.11/stable [amd64])
"""


def test_the_mirror_is_that_of_the_main_suite():
    assert debian.mirror_in(URIS) == "http://mirror.example/debian"


@pytest.mark.parametrize("text", ["", URIS.splitlines()[0], "E: no sources"])
def test_no_mirror_is_made_up(text):
    assert debian.mirror_in(text) is None


def test_missing_packages_come_with_their_versions_and_without_the_c_library():
    assert debian.packages_in(SIMULATION) == [
        "libjsoncpp25=1.9.5-4",
        "libxnvctrl0=525.85.05-3~deb12u1",
        "chromium=137.0.7151.68-1~deb12u1",
    ]


def test_a_wrapper_starts_its_program_wherever_the_tree_stands(tmp_path: Path):
    tree = tmp_path / "tree"
    program = tree / "usr" / "lib" / "chromium" / "hello"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH" "$@"\n')
    program.chmod(0o755)
    debian.wrap(tree, program)
    moved = tree.rename(tmp_path / "moved with blank")
    said = debian.output_of([moved / "bin" / "hello", "one two"])
    assert said.startswith(f"{moved}/usr/lib/")
    assert said.endswith(" one two\n")


@pytest.mark.parametrize(
    ("packages", "added"),
    [
        (["postgresql=15+248", "postgresql-15=15.14"], ["postgresql-client-15"]),
        (["postgresql-15=15.14", "postgresql-client-15=15.14"], []),
    ],
)
def test_the_client_programs_come_along_even_if_apt_leaves_them_out(packages, added):
    assert postgres_home.with_client(packages) == [*packages, *added]
