"""``./hub screenshots``: the pictures of the README, taken from the running demo."""

from __future__ import annotations

import subprocess
from pathlib import Path

from . import browser, ports, python_env
from .errors import Refusal
from .layout import Layout
from .rpc import wait_for
from .serving import LOGIN, PASSWORD

#: Seconds to wait for the server that should be running already.
PATIENCE = 5


def take(layout: Layout, port: int) -> int:
    """Take all pictures of the demo that ``./hub run`` serves on ``port``."""
    url = f"http://{ports.HOST}:{port}"
    if not wait_for(f"{url}/web/health", PATIENCE, lambda: True):
        raise Refusal(
            f"Nothing answers at {url}. Start the demo with `./hub run` in another "
            "terminal, or name its port with --port."
        )
    env = python_env.ready(layout)
    script = Path(__file__).with_name("scripts") / "take_screenshots.py"
    words = [url, LOGIN, PASSWORD, browser.ready(layout), layout.root / "docs" / "img"]
    command = [str(env.python), str(script), *(str(word) for word in words)]
    return subprocess.run(command, check=False).returncode
