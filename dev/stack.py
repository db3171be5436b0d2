"""A ready set of Python, Odoo, PostgreSQL and browser, and how to start Odoo on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from . import addons, browser, odoo, packaged, postgres, python_env
from .layout import Layout
from .process import output_of


@dataclass(frozen=True)
class Stack:
    """What a command works with.

    :param packaged: folder of addons of others, for the addons that stand on them.
    """

    layout: Layout
    env: python_env.PythonEnv
    odoo: odoo.Odoo
    server: postgres.Server
    mode: str
    browser: Path | None = None
    packaged: Path | None = None

    @property
    def data_dir(self) -> Path:
        """Odoo's folder for files and sessions, apart for each server."""
        return self.layout.cache / "odoo-data" / self.mode

    def filestore(self, database: str) -> Path:
        """Return the folder of a database's attachments."""
        return self.data_dir / "filestore" / database

    @property
    def environment(self) -> dict[str, str]:
        """Variables for Odoo and everything that imports it."""
        folders = [self.env.folder / "bin", self.server.bin]
        if self.browser:
            folders.insert(0, self.browser.parent)
        path = [str(folder) for folder in folders] + [os.environ.get("PATH", "")]
        search = [self.odoo.path, *([self.packaged] if self.packaged else [])]
        return {
            "PATH": os.pathsep.join(path),
            "PYTHONPATH": os.pathsep.join(map(str, search)),
            **self.server.environment,
        }

    @property
    def addons_path(self) -> list[Path]:
        """Folders that Odoo looks for addons in."""
        others = [packaged.addons_of(self.packaged)] if self.packaged else []
        return [*self.odoo.addons, self.layout.root, *others]

    @property
    def addons(self) -> list[Path]:
        """The addons of this repository that its databases have installed."""
        return addons.find(self.layout.root, apart=bool(self.packaged))

    def write_config(self, database: str, **settings: object) -> Path:
        """Write Odoo's configuration for one database and return its path."""
        options = {
            "addons_path": ",".join(str(folder) for folder in self.addons_path),
            "data_dir": self.data_dir,
            "db_host": self.server.host,
            "db_port": self.server.port,
            "db_user": self.server.user,
            "db_name": database,
            "list_db": False,
            "http_interface": "127.0.0.1",
            "max_cron_threads": 0,
            "workers": 0,
            **settings,
        }
        if self.server.password:
            options["db_password"] = self.server.password
        self.data_dir.mkdir(parents=True, exist_ok=True)
        target = self.layout.state / f"{database}.conf"
        lines = [f"{name} = {value}" for name, value in options.items()]
        target.touch(mode=0o600)
        target.write_text("\n".join(["[options]", *lines, ""]))
        return target

    def odoo_command(self, config: Path, *words: str) -> list[str]:
        """Return the command line that starts Odoo with a configuration."""
        script = Path(__file__).with_name("scripts") / "start_odoo.py"
        # A subcommand comes first; the server's own options need none.
        command = [words[0]] if words and not words[0].startswith("-") else []
        rest = words[len(command) :]
        return [str(self.env.python), str(script), *command, "-c", str(config), *rest]

    def odoo_output(self, config: Path, *words: str, text: str = "") -> str:
        """Run Odoo to its end with ``text`` as its input and return what it logged."""
        command = self.odoo_command(config, *words)
        return output_of(command, env=self.environment, text=text)


def ready(
    layout: Layout, mode: str, *, with_browser: bool = False, apart: bool = False
) -> Stack:
    """Return a stack, getting first what is not there.

    :param mode: ``durable`` or ``fast``, see :mod:`dev.postgres`.
    :param apart: for databases with the addons of :data:`dev.addons.APART`.
    """
    env = python_env.ready(layout)
    source = odoo.ready(layout, env)
    server = postgres.ready(layout, mode)
    chromium = browser.ready(layout) if with_browser else None
    label = mode if server.ours else "named-server"
    others = packaged.ready(layout, env) if apart else None
    return Stack(layout, env, source, server, label, chromium, others)
