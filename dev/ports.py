"""TCP ports on this machine."""

from __future__ import annotations

import socket

from .errors import Refusal

HOST = "127.0.0.1"


def _bind(port: int) -> int:
    with socket.socket() as probe:
        # Without this a port that a server has just left counts as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return probe.getsockname()[1]


def free() -> int:
    """Return a port that nothing listens on."""
    return _bind(0)


def need(port: int) -> None:
    """Refuse a port that cannot be listened on."""
    try:
        _bind(port)
    except (OSError, OverflowError) as err:
        raise Refusal(
            f"Port {port} is taken or may not be used. Choose another one, for "
            f"example: ./hub run --port {free()}"
        ) from err
