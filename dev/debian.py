"""Debian packages without installing them: a private apt state and ``dpkg -x``.

apt checks the signatures and the hashes; the machine's own package lists and its list
of installed packages are read, never written, and root is not needed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from .errors import Refusal
from .process import Failed, output_of

KEYRINGS = Path("/usr/share/keyrings")
_INDEX = re.compile(r"^'(?P<mirror>\S+)/dists/(?P<suite>[^/'\s]+)/InRelease'", re.M)
_INSTALL = re.compile(r"^Inst (?P<name>\S+) .*?\((?P<version>\S+) ", re.M)
#: Replacing the C library under a running loader cannot work; the machine's own stays.
KEPT = {"libc6", "libc-bin", "libc6:amd64"}


def mirror_in(uris: str) -> str | None:
    """Return the Debian mirror in the output of ``apt-get update --print-uris``.

    Updates and security live elsewhere or in suites with a dash, and are passed over.
    """
    for found in _INDEX.finditer(uris):
        if "-" not in found["suite"] and "security" not in found["mirror"]:
            return found["mirror"]
    return None


def packages_in(simulation: str) -> list[str]:
    """Return ``name=version`` of all that ``apt-get -s install`` would install."""
    found = ((m["name"], m["version"]) for m in _INSTALL.finditer(simulation))
    return [f"{name}={version}" for name, version in found if name not in KEPT]


def available() -> bool:
    """Tell whether this machine has apt and dpkg."""
    return bool(shutil.which("apt-get") and shutil.which("dpkg"))


def own_mirror() -> str:
    """Return the Debian mirror of the machine, or the one that the user names."""
    named = os.environ.get("SMS_HUB_DEBIAN_MIRROR")
    mirror = named or mirror_in(output_of(["apt-get", "update", "--print-uris"]))
    if not mirror:
        raise Refusal(
            "apt on this machine names no Debian mirror. Set SMS_HUB_DEBIAN_MIRROR to "
            "one, or ODOO_HOME to a checkout of Odoo 19."
        )
    return mirror.rstrip("/")


class Apt:
    """An apt state in a folder of ours, which is removed when the block ends.

    :param suites: suites of the machine's Debian mirror to use; the machine's own
        package sources when empty.
    """

    def __init__(self, folder: Path, suites: Sequence[str] = ()) -> None:
        self.folder = folder
        self.suites = suites

    def __enter__(self) -> Apt:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _options(self) -> list[str]:
        settings = [
            f"Dir::State::Lists={self.folder / 'lists'}",
            f"Dir::Cache={self.folder / 'cache'}",
            "APT::Sandbox::User=root",
            "Debug::NoLocking=1",
            "Acquire::Retries=3",
            "Acquire::Languages=none",
        ]
        if self.suites:
            settings += [
                f"Dir::Etc::SourceList={self.folder / 'sources.list'}",
                "Dir::Etc::SourceParts=-",
            ]
        return [word for setting in settings for word in ("-o", setting)]

    def _run(self, *words: str, cwd: Path | None = None) -> str:
        try:
            return output_of(["apt-get", *self._options(), *words], cwd=cwd)
        except Failed as err:
            raise Refusal(
                "Debian's packages could not be fetched; is the network there? "
                f"apt said:\n{err.tail}"
            ) from err

    def update(self) -> None:
        """Fetch the package lists."""
        for part in ("lists/partial", "cache/archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        if self.suites:
            keyrings = sorted(KEYRINGS.glob("debian-archive-keyring.*"))
            signed = f"[signed-by={keyrings[0]}] " if keyrings else ""
            mirror = own_mirror()
            lines = [f"deb {signed}{mirror} {suite} main" for suite in self.suites]
            (self.folder / "sources.list").write_text("\n".join(lines) + "\n")
        self._run("update", "--error-on=any")

    def missing_for(self, packages: Iterable[str]) -> list[str]:
        """Return what this machine lacks to use ``packages``, themselves included."""
        return packages_in(
            self._run("install", "-s", "--no-install-recommends", *packages)
        )

    def unpack(self, packages: Iterable[str], tree: Path) -> None:
        """Download packages and lay their files into ``tree``."""
        archives = self.folder / "unpack"
        shutil.rmtree(archives, ignore_errors=True)
        archives.mkdir(parents=True)
        try:
            self._run("download", *packages, cwd=archives)
            for archive in sorted(archives.glob("*.deb")):
                output_of(["dpkg", "-x", archive, tree])
        finally:
            shutil.rmtree(archives, ignore_errors=True)


#: Starts an unpacked program with the libraries that were unpacked beside it.
WRAPPER = """#!/bin/sh
tree=$(dirname "$(dirname "$(readlink -f "$0")")")
machine=$(uname -m)-linux-gnu
libraries=$tree/usr/lib/$machine
export LD_LIBRARY_PATH="$libraries:$libraries/pulseaudio:$tree/lib/$machine"
[ -d /etc/fonts ] || export FONTCONFIG_PATH="$tree/etc/fonts"
export XDG_DATA_DIRS="$tree/usr/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}"
exec "$tree/%s" "$@"
"""


def wrap(tree: Path, program: Path) -> Path:
    """Write ``bin/<name>`` in an unpacked tree, which starts ``program`` of it.

    :param program: absolute, below ``tree``.
    """
    wrapper = tree / "bin" / program.name
    wrapper.parent.mkdir(exist_ok=True)
    wrapper.write_text(WRAPPER % program.relative_to(tree))
    wrapper.chmod(0o755)
    return wrapper
