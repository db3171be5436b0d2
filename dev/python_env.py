"""The Python environment: a venv in the cache, one per lock file and Python."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .console import step
from .errors import Refusal
from .layout import Layout, locked, need_space
from .process import Failed, output_of

#: Name of the file that marks an environment as complete.
COMPLETE = ".complete"


@dataclass(frozen=True)
class PythonEnv:
    """A ready environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def site_packages(self) -> Path:
        """Its folder of installed packages."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.folder / "lib" / version / "site-packages"

    def program(self, name: str) -> Path:
        """Return the path of one of its programs."""
        return self.folder / "bin" / name


def environment_key(lock: bytes, executable: str, version: str) -> str:
    """Return the folder name for a lock file, an interpreter and its version."""
    digest = hashlib.sha256(lock + b"\0" + executable.encode()).hexdigest()[:10]
    return f"python-{version}-{digest}"


def expected(layout: Layout) -> PythonEnv:
    """Return where the environment of this lock file is or will be."""
    lock = (layout.root / "dev" / "requirements.lock").read_bytes()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    base = os.path.realpath(sys.executable)
    return PythonEnv(layout.cache / environment_key(lock, base, version))


def is_complete(env: PythonEnv) -> bool:
    """Tell whether the environment was built to its end."""
    return (env.folder / COMPLETE).exists()


def _create(env: PythonEnv) -> None:
    try:
        output_of([sys.executable, "-m", "venv", "--clear", env.folder])
    except Failed as err:
        raise Refusal(
            "Python cannot make a virtual environment. On Debian, run: "
            f"apt-get install python3-venv\n{err.tail}"
        ) from err


def errors_in(said: str) -> str:
    """Return pip's errors without the warnings about every attempt, or all it said."""
    lines = said.strip().splitlines()
    errors = [line for line in lines if line.startswith("ERROR")]
    return "\n".join(errors or lines)


def _install(env: PythonEnv, lock: Path) -> None:
    words = ["install", "--quiet", "--require-hashes", "--no-deps", "-r", lock]
    try:
        output_of([env.python, "-m", "pip", *words])
    except Failed as err:
        raise Refusal(
            "The Python packages could not be installed; is the network there? "
            f"pip said:\n{errors_in(err.tail)}"
        ) from err


def _build(env: PythonEnv, lock: Path) -> None:
    """Build the environment, or leave nothing of it."""
    try:
        _create(env)
        _install(env, lock)
    except BaseException:
        shutil.rmtree(env.folder, ignore_errors=True)
        raise


def ready(layout: Layout) -> PythonEnv:
    """Return the environment, building it first when it is not there.

    A venv knows its own path and cannot be renamed into place, so a marker file that
    is written last tells a finished one from a half-made one.
    """
    env = expected(layout)
    if is_complete(env):
        return env
    with locked(layout, "python"):
        if not is_complete(env):
            need_space(layout.cache)
            with step("Installing the Python packages") as current:
                _build(env, layout.root / "dev" / "requirements.lock")
                current.note = env.folder.name
            (env.folder / COMPLETE).touch()
    return env
