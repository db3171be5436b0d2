"""Databases: templates that are made once, copies that live for one run.

``smshub_base_<key>`` holds the modules our addons stand on, ``smshub_full_<key>`` our
addons as well, ``smshub_copy_<checkout>_<pid>_<n>`` belongs to one process. A template
is made under a copy's name and renamed when it is complete.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from . import addons
from .console import say, step
from .errors import Refusal
from .layout import locked, short_hash
from .process import Failed, is_running
from .stack import Stack

PREFIX = "smshub"
#: Templates of our addons that are kept; every change of an addon makes a new one.
KEPT_TEMPLATES = 6
#: What a template is marked with when its web bundles are stored in it.
BUNDLED = "bundled"
#: Lines that every installation prints and that say nothing about our addons: the
#: second comes from descriptions of core's modules.
_NOISE = ("Running as user", "<string>:")
_numbers = count(1)


def names(stack: Stack, kind: str = "") -> list[str]:
    """Return the databases of ours on the server, oldest first."""
    return stack.server.query(
        "SELECT datname FROM pg_database "
        f"WHERE starts_with(datname, '{PREFIX}_{kind}') ORDER BY oid"
    )


def copy_prefix(checkout: str) -> str:
    """Return how the names of a checkout's short-lived databases begin."""
    return f"{PREFIX}_copy_{checkout}_"


def owner_pid(name: str, checkout: str) -> int | None:
    """Return the process that a copy's name says it belongs to."""
    prefix = copy_prefix(checkout)
    if not name.startswith(prefix):
        return None
    return int(name.removeprefix(prefix).partition("_")[0])


def _copy_name(stack: Stack) -> str:
    prefix = copy_prefix(stack.layout.checkout_key)
    return f"{prefix}{os.getpid()}_{next(_numbers)}"


def drop(stack: Stack, name: str) -> None:
    """Remove a database with its files and its configuration."""
    stack.server.run("dropdb", "--if-exists", "--force", name)
    shutil.rmtree(stack.filestore(name), ignore_errors=True)
    # else a new database of this name looks as if its consent ledger had been cut
    for witness in stack.data_dir.glob(f"sms_hub_witness@{name}@*"):
        witness.unlink(missing_ok=True)
    (stack.layout.state / f"{name}.conf").unlink(missing_ok=True)


def drop_orphans(stack: Stack) -> None:
    """Remove copies of this checkout whose process is gone."""
    for name in names(stack, "copy"):
        pid = owner_pid(name, stack.layout.checkout_key)
        if pid and not is_running(pid, "dev", "pytest", "benchmarks"):
            drop(stack, name)


def copy(stack: Stack, source: str, target: str) -> None:
    """Copy a database and its files."""
    stack.server.run("createdb", "-T", source, target)
    copy_files(stack.filestore(source), stack.filestore(target))


def copy_files(source: Path, target: Path) -> None:
    """Copy the files of a database.

    Attachments are never changed in place, so a hard link is as good as a copy.
    """
    if source.exists():
        shutil.copytree(source, target, copy_function=os.link)


def rename(stack: Stack, source: str, target: str) -> None:
    """Give a database and its files another name."""
    if stack.filestore(source).exists():
        shutil.rmtree(stack.filestore(target), ignore_errors=True)
        stack.filestore(source).rename(stack.filestore(target))
    stack.server.query(f'ALTER DATABASE "{source}" RENAME TO "{target}"')


def mark(stack: Stack, name: str, text: str) -> None:
    """Write a short text on a database, to be read by :func:`marked`."""
    stack.server.query(f"COMMENT ON DATABASE \"{name}\" IS '{text}'")


def marked(stack: Stack, name: str) -> str:
    """Return the text that a database is marked with."""
    rows = stack.server.query(
        "SELECT shobj_description(oid, 'pg_database') FROM pg_database "
        f"WHERE datname = '{name}'"
    )
    return rows[0] if rows else ""


def install(
    stack: Stack,
    database: str,
    modules: Sequence[str],
    *,
    update: Sequence[str] = (),
    demo: bool = False,
) -> None:
    """Install modules in a database, and update others."""
    config = stack.write_config(database, log_level="warn")
    words = ["--stop-after-init", "--no-http"]
    words += ["-i", ",".join(modules)] if modules else []
    words += ["-u", ",".join(update)] if update else []
    words += ["--with-demo"] if demo else []
    try:
        output = stack.odoo_output(config, *words)
    except Failed as err:
        log = stack.layout.state / "install.log"
        log.write_text(err.output)
        raise Refusal(
            f"Odoo could not install {', '.join([*modules, *update])}; all it said is "
            f"in {log}:\n{err.tail}"
        ) from err
    for line in output.splitlines():
        if line.strip() and not line.startswith(_NOISE):
            say(line)


def build_bundles(stack: Stack, database: str) -> None:
    """Store the web client's bundles, which a browser would else wait for.

    Inside a browser test the bundles would be built and rolled back once per test.
    """
    config = stack.write_config(database, log_level="error")
    code = "env['ir.qweb']._pregenerate_assets_bundles(); env.cr.commit()\n"
    stack.odoo_output(config, "shell", "--no-http", text=code)


@contextmanager
def made(stack: Stack, name: str) -> Iterator[str]:
    """Yield a name to make a database under; it becomes ``name`` on success."""
    part = _copy_name(stack)
    try:
        yield part
        rename(stack, part, name)
    finally:
        with suppress(Failed):
            drop(stack, part)


def base_template(
    stack: Stack, *, demo: bool = False, extra: Sequence[str] = ()
) -> str:
    """Return the template with everything our addons stand on, made if need be."""
    modules = [*addons.outside_needs(stack.addons), *extra]
    place = f"{platform.node()} {stack.data_dir} {stack.odoo.path}"
    name = f"{PREFIX}_base_{short_hash(f'{place} {demo} {modules}')}"
    with locked(stack.layout, f"{stack.mode}-{name}"):
        if name not in names(stack):
            title = "Installing Odoo's apps" + (" with demo data" if demo else "")
            with step(title), made(stack, name) as part:
                stack.server.run("createdb", "-T", "template0", "-E", "UTF8", part)
                install(stack, part, modules, demo=demo)
                build_bundles(stack, part)
    return name


def full_template(stack: Stack, *, bundles: bool = False) -> str:
    """Return the template with our addons installed, made if need be.

    :param bundles: build the web bundles as well, which takes longer than installing
        and serves browser tests only.
    """
    base = base_template(stack)
    folders = stack.addons
    name = f"{PREFIX}_full_{short_hash(f'{base} {addons.fingerprint(folders)}')}"
    with locked(stack.layout, f"{stack.mode}-{name}"):
        if name not in names(stack):
            with step("Installing our addons"), made(stack, name) as part:
                copy(stack, base, part)
                install(stack, part, [folder.name for folder in folders])
        if bundles and marked(stack, name) != BUNDLED:
            with step("Building the web bundles"):
                build_bundles(stack, name)
            mark(stack, name, BUNDLED)
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
    name = _copy_name(stack)
    try:
        copy(stack, template, name)
        yield name
    finally:
        drop(stack, name)
