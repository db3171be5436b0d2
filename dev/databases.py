"""Databases: templates that are made once, copies that live for one run.

Names: ``smshub_base_<key>`` holds the modules we depend on, ``smshub_full_<key>`` our
addons as well, ``smshub_copy_<pid>_<n>`` belongs to one process. Templates are made
under another name and renamed when they are complete.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from . import addons
from .console import step
from .errors import Refusal
from .layout import locked, short_hash
from .process import Failed, is_running
from .stack import Stack

PREFIX = "smshub"
#: Templates of our addons that are kept; every change of an addon makes a new one.
KEPT_TEMPLATES = 4
_COPY = re.compile(rf"{PREFIX}_(?:copy|part)_(?P<pid>\d+)(?:_|$)")
_numbers = count(1)


def names(stack: Stack, kind: str = "") -> list[str]:
    """Return the databases of ours on the server, oldest first."""
    pattern = f"{PREFIX}\\_{kind}%".replace("'", "")
    return stack.server.query(
        f"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}' ORDER BY oid"
    )


def owner_pid(name: str) -> int | None:
    """Return the process that a database's name says it belongs to."""
    found = _COPY.match(name)
    return int(found["pid"]) if found else None


def drop(stack: Stack, name: str) -> None:
    """Remove a database with its files and its configuration."""
    stack.server.run("dropdb", "--if-exists", "--force", name)
    shutil.rmtree(stack.filestore(name), ignore_errors=True)
    (stack.layout.state / f"{name}.conf").unlink(missing_ok=True)


def drop_orphans(stack: Stack) -> None:
    """Remove copies whose process is gone."""
    for name in names(stack):
        pid = owner_pid(name)
        if pid and not is_running(pid, "dev"):
            drop(stack, name)


def copy(stack: Stack, source: str, target: str) -> None:
    """Copy a database and its files.

    Attachments are never changed in place, so a hard link is as good as a copy.
    """
    stack.server.run("createdb", "-T", source, target)
    files = stack.filestore(source)
    if files.exists():
        shutil.copytree(files, stack.filestore(target), copy_function=os.link)


def _rename(stack: Stack, source: str, target: str) -> None:
    if stack.filestore(source).exists():
        shutil.rmtree(stack.filestore(target), ignore_errors=True)
        stack.filestore(source).rename(stack.filestore(target))
    stack.server.query(f'ALTER DATABASE "{source}" RENAME TO "{target}"')


def install(
    stack: Stack, database: str, modules: Sequence[str], *words: str
) -> None:
    """Install or update modules in a database."""
    config = stack.write_config(database, log_level="warn")
    try:
        output = stack.odoo_output(
            config, "-i", ",".join(modules), "--stop-after-init", "--no-http", *words
        )
    except Failed as err:
        log = stack.layout.state / "install.log"
        log.write_text(err.output)
        raise Refusal(
            f"Odoo could not install {', '.join(modules)}; all it said is in {log}:\n"
            f"{err.tail}"
        ) from err
    if output.strip():
        print(output.strip(), flush=True)


@contextmanager
def _made(stack: Stack, name: str) -> Iterator[str]:
    """Yield a name to make a database under; it becomes ``name`` on success."""
    part = f"{PREFIX}_part_{os.getpid()}_{next(_numbers)}"
    try:
        yield part
        _rename(stack, part, name)
    finally:
        with suppress(Failed):
            drop(stack, part)


def base_template(stack: Stack, *, demo: bool = False, extra: Sequence[str] = ()) -> str:
    """Return the template with everything our addons stand on, made if need be."""
    modules = [*addons.outside_needs(addons.find(stack.layout.root)), *extra]
    key = short_hash(f"{stack.odoo.path} {demo} {' '.join(modules)}")
    name = f"{PREFIX}_base_{key}"
    with locked(stack.layout, f"{stack.mode}-{name}"):
        if name not in names(stack):
            title = "Installing Odoo's apps" + (" with demo data" if demo else "")
            with step(title), _made(stack, name) as part:
                stack.server.run("createdb", "-T", "template0", "-E", "UTF8", part)
                install(stack, part, modules, *(["--with-demo"] if demo else []))
    return name


def full_template(stack: Stack) -> str:
    """Return the template with our addons installed, made if need be."""
    base = base_template(stack)
    folders = addons.find(stack.layout.root)
    key = short_hash(f"{base} {addons.fingerprint(folders)}")
    name = f"{PREFIX}_full_{key}"
    with locked(stack.layout, f"{stack.mode}-{name}"):
        if name not in names(stack):
            with step("Installing our addons"), _made(stack, name) as part:
                copy(stack, base, part)
                install(stack, part, [folder.name for folder in folders])
    _forget_old_templates(stack, keep=name)
    return name


def _forget_old_templates(stack: Stack, keep: str) -> None:
    others = [name for name in names(stack, "full") if name != keep]
    for name in others[: max(0, len(others) - KEPT_TEMPLATES + 1)]:
        # Another run may be copying it this very moment; it goes next time.
        with suppress(Failed):
            drop(stack, name)


@contextmanager
def copied(stack: Stack, template: str) -> Iterator[str]:
    """Yield a copy of a template that is dropped afterwards."""
    drop_orphans(stack)
    name = f"{PREFIX}_copy_{os.getpid()}_{next(_numbers)}"
    try:
        copy(stack, template, name)
        yield name
    finally:
        drop(stack, name)


def config_of(stack: Stack, name: str) -> Path:
    """Return the path of a database's Odoo configuration."""
    return stack.layout.state / f"{name}.conf"
