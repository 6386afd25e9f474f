"""What people may be permitted to do with industry starts."""

from __future__ import annotations

from typing import Final

CHOOSE: Final = "choose_start"
"""The permit to choose an industry start; what it makes needs the permits of its own."""
