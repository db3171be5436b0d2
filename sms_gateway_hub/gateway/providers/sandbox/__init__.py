"""A gateway without a network, for trying things out."""

from .client import SandboxClient

__all__ = ["SandboxClient"]
