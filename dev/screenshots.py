"""``./hub screenshots``: the pictures of the pages, taken from the running demo."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import browser, ports, python_env, serving
from .errors import Refusal
from .hours import Hours
from .layout import Layout
from .python_env import PythonEnv
from .rpc import OdooClient, wait_for
from .serving import LOGIN, PASSWORD

#: Seconds to wait for the server that should be running already.
PATIENCE = 5
SCRIPTS = Path(__file__).with_name("scripts")
#: What the demo shows by itself, in the names of ``scripts/take_screenshots.py``.
OF_THE_DEMO = ("lead", "messages", "history", "forecast")


@dataclass(frozen=True)
class _Camera:
    layout: Layout
    env: PythonEnv
    url: str

    def take(self, *names: str) -> None:
        """Take the pictures of these names.

        :raise Refusal: one of them cannot be taken.
        """
        script = SCRIPTS / "take_screenshots.py"
        program, folder = browser.ready(self.layout), self.layout.root / "docs" / "img"
        words = [self.url, LOGIN, PASSWORD, program, folder, *names]
        command = [str(self.env.python), str(script), *(str(word) for word in words)]
        if subprocess.run(command, check=False).returncode:
            raise Refusal("The pictures are not all there; see above.")


def take(layout: Layout, port: int) -> int:
    """Take all pictures of the demo that ``./hub run`` serves on ``port``."""
    url = f"http://{ports.HOST}:{port}"
    if not wait_for(f"{url}/web/health", PATIENCE, lambda: True):
        raise Refusal(
            f"Nothing answers at {url}. Start the demo with `./hub run` in another "
            "terminal, or name its port with --port."
        )
    camera = _Camera(layout, python_env.ready(layout), url)
    camera.take(*OF_THE_DEMO)
    client = OdooClient(url, serving.run_database(layout), LOGIN, PASSWORD)
    hours = Hours(client)
    hours.good()
    camera.take("health_good")
    try:
        hours.bad()
        camera.take("health_bad")
    finally:
        hours.mend()
    # last: some of these texts would be an alarm in the good hour
    serving.run_script(layout, SCRIPTS / "show_reasons.py")
    camera.take("reasons")
    return 0
