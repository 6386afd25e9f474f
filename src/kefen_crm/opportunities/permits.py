from __future__ import annotations

from typing import Final

SELL: Final = "sell"
"""The permit to work on opportunities, of customers whom one may change."""
SET_STAGES: Final = "set_stages"
"""The permit to say which stages there are, and what has to be known before each."""
