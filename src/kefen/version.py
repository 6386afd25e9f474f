"""Which Kefen this is."""

from __future__ import annotations

from importlib.metadata import version as installed


def version() -> str:
    """The installed version, like `0.1.0`."""
    return installed("kefen")
