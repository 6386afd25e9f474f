"""What the ledger calls who referred a customer."""

from __future__ import annotations

from kefen.indicators.referral import REFERRED_BY

__all__ = ["REFERRED_BY"]
