"""Where things live: the checkout, the user's cache, and one lock per thing made."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .console import say
from .errors import Refusal

#: The checkout this copy of the tooling belongs to.
ROOT = Path(__file__).resolve().parent.parent
#: Bytes that must be free before anything big is fetched.
NEEDED_BYTES = 4_000_000_000


@dataclass(frozen=True)
class Layout:
    """Paths of one checkout and one cache."""

    root: Path
    cache: Path

    @property
    def checkout_key(self) -> str:
        """Eight characters that tell this checkout from any other, here and elsewhere.

        Checkouts of several machines may share one PostgreSQL server.
        """
        return short_hash(f"{platform.node()} {self.root}")

    @property
    def state(self) -> Path:
        """Folder of what belongs to this checkout only: configurations and logs."""
        return self.cache / "checkouts" / self.checkout_key


def short_hash(text: str) -> str:
    """Return eight hexadecimal characters that stand for ``text``."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def cache_folder(environ: dict[str, str]) -> Path:
    """Return the cache folder that the environment names."""
    if environ.get("SMS_HUB_CACHE"):
        return Path(environ["SMS_HUB_CACHE"]).expanduser().absolute()
    base = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return (Path(base).expanduser() / "sms-gateway-hub").absolute()


def current() -> Layout:
    """Return the layout of this run, its cache folder made."""
    layout = Layout(ROOT, cache_folder(dict(os.environ)))
    try:
        layout.state.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise Refusal(
            f"The cache folder {layout.cache} cannot be made ({err.strerror}). "
            "Name another one in SMS_HUB_CACHE."
        ) from err
    return layout


def need_space(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Refuse when the disk of ``folder`` has less than ``needed`` bytes left."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Refusal(
            f"Only {free / 1e9:.1f} GB are free under {folder}, {needed / 1e9:.0f} GB "
            "are needed. Free some space, or name another folder in SMS_HUB_CACHE."
        )


@contextmanager
def locked(layout: Layout, name: str) -> Iterator[None]:
    """Hold the lock ``name`` of the cache; the system frees it if we are killed."""
    folder = layout.cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"… waiting for another run that is busy with {name}")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def in_use(layout: Layout, *, alone: bool = False) -> Iterator[None]:
    """Say that the cache is in use, so that nobody removes it meanwhile.

    :param alone: refuse when anybody uses it, and keep others out.
    """
    folder = layout.cache / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    with (folder / "in-use.lock").open("w") as handle:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError as err:
            if alone:
                raise Refusal(
                    "Another ./hub is working with the cache and its databases. "
                    "Wait for it, or end it, and start again."
                ) from err
            say("… waiting for ./hub clean")
            fcntl.flock(handle, kind)
        yield


@contextmanager
def only_one(layout: Layout, name: str) -> Iterator[None]:
    """Hold a lock of this checkout, or refuse when another run holds it."""
    with (layout.state / f"{name}.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            raise Refusal(
                f"Another `./hub {name}` of this checkout is active. End it first."
            ) from err
        yield


@contextmanager
def built_aside(target: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``target`` that becomes it when the block succeeds.

    Whatever goes wrong inside leaves neither the target nor the folder behind. A run
    that was killed may leave the folder; it is taken away on the next attempt.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f".{target.name}.part-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.part-", dir=target.parent))
    try:
        yield aside
        aside.chmod(0o755)
        aside.rename(target)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
