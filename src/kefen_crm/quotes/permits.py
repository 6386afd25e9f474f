from __future__ import annotations

from typing import Final

APPROVE_DISCOUNTS: Final = "approve_discounts"
"""The permit to approve quotes whose discount is above the ceiling; never one's own."""
SET_LETTERHEAD: Final = "set_letterhead"
"""The permit to say what stands at the head of quotes."""
