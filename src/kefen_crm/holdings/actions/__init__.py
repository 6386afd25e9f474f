"""Changes of who holds whom."""

from __future__ import annotations

from kefen_crm.holdings.actions.claiming import NotClaimed, claim
from kefen_crm.holdings.actions.releasing import put, release

__all__ = ["NotClaimed", "claim", "put", "release"]
