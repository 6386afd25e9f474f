"""What people may be permitted to do in outreach."""

from __future__ import annotations

from typing import Final

WRITE_TO: Final = "write_to_customers"
"""The permit to write to customers, of those whom one may change."""
SET_OUTREACH: Final = "set_outreach"
"""The permit to write templates, and to say when and how often customers may be written to."""
