"""What the pages of others show of campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event


def detail(event: Event) -> str:
    """Which campaign, and whom it drew."""
    told = event.after or {}
    counts = [str(told[name]) for name in ("treated", "holdout") if name in told]
    return " · ".join(filter(None, [str(told.get("name") or ""), " / ".join(counts)]))
