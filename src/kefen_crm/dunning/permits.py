"""What dunning permits."""

from __future__ import annotations

from typing import Final

DUN: Final = "dun"
"""The permit to approve, send and print what dunning proposes."""
