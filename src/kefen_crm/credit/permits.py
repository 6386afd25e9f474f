"""What credit permits."""

from __future__ import annotations

from typing import Final

HOLD: Final = "hold_credit"
"""The permit to hold a customer's orders and to release them."""
APPROVE: Final = "approve_credit"
"""The permit to approve exceptions that others asked for."""
