"""``./hub run`` and ``./hub shell``: Odoo with demo data, a simulated platform."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import addons, browser, databases, ports, simulator, stack
from .children import Children, end_leftovers, tail_of
from .console import say, step
from .databases import PREFIX
from .errors import Refusal
from .layout import Layout, locked, only_one
from .main_job import perform_main_job
from .rpc import wait_for
from .stack import Stack

LOGIN = PASSWORD = "admin"
#: Apps that make the demo worth looking at and that no addon of ours needs.
SHOWCASE = ("contacts",)
#: Seconds Odoo gets to answer for the first time.
START_TIMEOUT = 120
#: What a visitor should do first.
INVITATION = (
    ("Send a text", "/odoo/crm", "open a lead, click Send SMS and watch its status"),
    ("Read the ledger", "/odoo", "app SMS Hub: every message with its history"),
    ("See the rules", "/odoo/settings", "section SMS Hub: gateways and settings"),
)


@dataclass(frozen=True)
class RunOptions:
    """What a person asked for on the command line."""

    port: int = 8069
    fresh: bool = False
    once: bool = False


def pid_file(layout: Layout) -> Path:
    """Return the file that names the programs of a run."""
    return layout.state / "run.pids"


def run_database(layout: Layout) -> str:
    """Return the name of the database that ``run`` keeps for this checkout."""
    return f"{PREFIX}_run_{layout.checkout_key}"


def _create(ready: Stack, name: str, folders: Sequence[Path]) -> None:
    base = databases.base_template(ready, demo=True, extra=SHOWCASE)
    with databases.made(ready, name) as part:
        with step("Installing our addons with demo data"):
            databases.copy(ready, base, part)
            databases.install(ready, part, [f.name for f in folders], demo=True)
        with step("Building the web bundles"):
            databases.build_bundles(ready, part)


def _update(ready: Stack, name: str, folders: Sequence[Path]) -> None:
    installed = ready.server.query(
        "SELECT name FROM ir_module_module WHERE state = 'installed'", name
    )
    new = [folder.name for folder in folders if folder.name not in installed]
    old = [folder.name for folder in folders if folder.name in installed]
    with step("Updating our addons, which have changed"):
        try:
            databases.install(ready, name, new, update=old, demo=True)
        except Refusal as err:
            raise Refusal(f"{err}\n`./hub run --fresh` starts anew.") from err


def prepare_database(ready: Stack, *, fresh: bool = False) -> str:
    """Return the database of ``run`` with the addons as they are now."""
    name = run_database(ready.layout)
    folders = addons.find(ready.layout.root)
    fingerprint = addons.fingerprint(folders)
    with locked(ready.layout, name):
        if fresh:
            databases.drop(ready, name)
        databases.drop_orphans(ready)
        if name not in databases.names(ready, "run"):
            _create(ready, name, folders)
        elif databases.marked(ready, name) != fingerprint:
            _update(ready, name, folders)
        databases.mark(ready, name, fingerprint)
    return name


def _write_config(ready: Stack, name: str, port: int) -> Path:
    return ready.write_config(
        name,
        http_port=port,
        gevent_port=ports.free(),
        max_cron_threads=2,
        limit_time_cpu=600,
        limit_time_real=1200,
        log_level="info",
    )


def _start_odoo(ready: Stack, children: Children, name: str, port: int) -> str:
    """Start the server, wait until it answers, and return its address."""
    log = ready.layout.state / "odoo.log"
    config = _write_config(ready, name, port)
    with step("Starting Odoo"):
        argv = ready.odoo_command(config)
        server = children.start(argv, log, ready.environment)
        url = f"http://{ports.HOST}:{port}"
        alive = lambda: server.poll() is None  # noqa: E731
        if not wait_for(f"{url}/web/health", START_TIMEOUT, alive):
            raise Refusal(f"Odoo did not start; its log is {log}:\n{tail_of(log)}")
    return url


def _invite(url: str, simulator_url: str) -> None:
    say(f"\nOdoo is at {url}, login {LOGIN}, password {PASSWORD}.")
    say(f"The simulated SMS platform is at {simulator_url}.\n\nThree things to click:")
    for number, (title, path, what) in enumerate(INVITATION, 1):
        say(f"  {number}. {title}: {url}{path} ({what})")
    say("\nCtrl-C ends it. The data stays for next time; --fresh starts anew.")


def _watch(children: Children) -> int:
    """Serve until Ctrl-C; tell if a program ends by itself."""
    try:
        while all(child.poll() is None for child in children.started):
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("\nEnding.")
        return 0
    say("hub: One of the programs ended by itself; see the logs named above.")
    return 1


def _ready(layout: Layout) -> Stack:
    ready = stack.ready(layout, "durable")
    try:
        browser.ready(layout)
    except Refusal as err:
        # Only the browser tests need it; the person who runs brings a browser along.
        say(f"… going on without Chromium. {str(err).splitlines()[0]}")
    return ready


def run(layout: Layout, options: RunOptions) -> int:
    """Serve the demo and perform the main job once; return the exit status."""
    with only_one(layout, "run"):
        end_leftovers(pid_file(layout), layout.state)
        ports.need(options.port)
        ready = _ready(layout)
        name = prepare_database(ready, fresh=options.fresh)
        with Children(pid_file(layout)) as children:
            platform = simulator.start(layout, ready.env, children, layout.state)
            url = _start_odoo(ready, children, name, options.port)
            say(f"Logs: {layout.state}\n\nThe main job, over HTTP:")
            steps = perform_main_job(url, name, LOGIN, PASSWORD, platform.url)
            worked = bool(steps) and all(done.ok for done in steps)
            if options.once:
                return 0 if worked else 1
            _invite(url, platform.url)
            return _watch(children)


def run_script(layout: Layout, script: Path) -> None:
    """Run a script on the database of ``run``, as the shell would."""
    ready = stack.ready(layout, "durable")
    name = prepare_database(ready)
    config = ready.write_config(name, log_level="warn")
    ready.odoo_output(config, "shell", "--no-http", text=script.read_text())


def shell(layout: Layout, words: Sequence[str]) -> int:
    """Open Odoo's shell on the database of ``run``."""
    ready = stack.ready(layout, "durable")
    name = prepare_database(ready)
    config = ready.write_config(name, log_level="warn")
    return subprocess.run(
        ready.odoo_command(config, "shell", "--no-http", *words),
        env={**os.environ, **ready.environment},
        check=False,
    ).returncode
