"""``./hub lint``: every check of form, none of which needs Odoo or a database."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from . import addons, python_env
from .console import say, step
from .errors import Refusal
from .layout import Layout, built_aside, locked, short_hash
from .process import Failed, output_of
from .python_env import PythonEnv

#: What prettier formats. Python belongs to ruff, Markdown to its writer.
PRETTIER_FILES = ("*.xml", "*.js", "*.scss", "*.json", "*.yaml", "*.yml")
NODE_FILES = ("package.json", "package-lock.json")


def node_modules(layout: Layout, env: PythonEnv) -> Path:
    """Return the folder with prettier, installing the locked versions if need be."""
    sources = [layout.root / "dev" / name for name in NODE_FILES]
    key = short_hash("".join(source.read_text() for source in sources))
    target = layout.cache / f"node-{key}"
    with locked(layout, "node"):
        if not target.exists():
            with step("Installing prettier"), built_aside(target) as folder:
                for source in sources:
                    shutil.copy(source, folder)
                _npm_ci(env, folder)
    return target / "node_modules"


def _npm_ci(env: PythonEnv, folder: Path) -> None:
    try:
        output_of([env.program("npm"), "ci", "--ignore-scripts"], cwd=folder)
    except Failed as err:
        raise Refusal(
            "prettier could not be installed; is the network there? "
            f"npm said:\n{err.tail}"
        ) from err


def tracked(layout: Layout, patterns: Sequence[str]) -> list[str]:
    """Return the files of the repository that match, new ones included."""
    words = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    found = output_of(["git", *words, "--", *patterns], cwd=layout.root)
    names = (name for name in found.split("\0") if name)
    return [name for name in names if (layout.root / name).exists()]


def commands(layout: Layout, env: PythonEnv, *, fix: bool) -> dict[str, list[str]]:
    """Return the command lines of all checks by the name to print above each."""
    ruff = str(env.program("ruff"))
    folders = [folder.name for folder in addons.find(layout.root, apart=True)]
    modules = node_modules(layout, env)
    prettier = modules / "prettier" / "bin" / "prettier.cjs"
    plugin = modules / "@prettier" / "plugin-xml" / "src" / "plugin.js"
    return {
        "ruff": [ruff, "check", *(["--fix"] if fix else [])],
        "ruff format": [ruff, "format", *([] if fix else ["--check"])],
        "pylint-odoo": [
            str(env.python),
            "-m",
            "pylint",
            "--rcfile=.pylintrc",
            *folders,
        ],
        "prettier": [
            str(env.program("node")),
            str(prettier),
            "--log-level=warn",
            f"--plugin={plugin}",
            "--write" if fix else "--check",
            *tracked(layout, PRETTIER_FILES),
        ],
    }


def lint(layout: Layout, *, fix: bool = False) -> int:
    """Run all checks, also after one failed, and return the worst status.

    :param fix: mend what can be mended instead of complaining.
    """
    env = python_env.ready(layout)
    worst = 0
    for name, command in commands(layout, env, fix=fix).items():
        say(f"=== {name} ===")
        status = subprocess.run(command, cwd=layout.root, check=False).returncode
        worst = max(worst, abs(status))
    say("lint: there are complaints" if worst else "lint: everything is in order")
    return worst
