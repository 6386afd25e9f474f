"""What people may do about who holds whom, besides assigning customers and setting rules."""

from __future__ import annotations

from typing import Final

CLAIM: Final = "claim_customers"
"""Claim customers from a pool, and release the own ones into it."""
