"""What people may be permitted to do with campaigns."""

from __future__ import annotations

from typing import Final

CAMPAIGN: Final = "run_campaigns"
"""The permit to draw, start and stop campaigns."""
