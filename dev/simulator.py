"""Starting the simulated SMS platform that stands beside Odoo."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .children import Children, tail_of
from .errors import Refusal
from .layout import Layout
from .python_env import PythonEnv

#: Seconds the simulator gets to say where it listens.
PATIENCE = 10
_ADDRESS = re.compile(r"listening on (http://\S+)")


@dataclass(frozen=True)
class RunningSimulator:
    """A simulator that answers.

    :param accepted: its log of accepted messages, one JSON object a line.
    """

    url: str
    accepted: Path
    process: subprocess.Popen[bytes]


def address_in(output: str) -> str | None:
    """Return the address in what the simulator printed so far."""
    found = _ADDRESS.search(output)
    return found[1] if found else None


def start(
    layout: Layout,
    env: PythonEnv,
    children: Children,
    folder: Path,
    words: Sequence[str] = (),
) -> RunningSimulator:
    """Start the simulator on a free port.

    :param folder: where its two logs are written.
    :param words: more of its options.
    """
    accepted = folder / "simulator-accepted.jsonl"
    output = folder / "simulator.log"
    script = layout.root / "tests" / "simulator"
    argv = [env.python, "-u", script, "--port", "0", "--log", accepted, *words]
    process = children.start([str(word) for word in argv], output)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        url = address_in(output.read_text(errors="replace"))
        if url:
            return RunningSimulator(url, accepted, process)
        time.sleep(0.05)
    raise Refusal(f"The simulator did not start:\n{tail_of(output)}")


def post(url: str, path: str, values: Any) -> Any:
    """Call a running simulator, as to change its settings, and return its answer."""
    body = json.dumps(values).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url + path, body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
