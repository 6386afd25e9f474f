"""The names of the industry starts; this module needs no Django."""

from __future__ import annotations

from typing import Final

NAMES: Final = (
    "foreign-trade",
    "retail-membership",
    "industrial-distribution",
    "professional-services",
)
"""In the order in which they are offered."""
