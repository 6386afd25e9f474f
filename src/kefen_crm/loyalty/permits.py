"""What loyalty permits."""

from __future__ import annotations

from typing import Final

REDEEM: Final = "redeem_points"
"""The permit to give and to spend points, to issue and to redeem coupons, and to open the page."""
