"""What happens to customers in bulk, for whoever in the site has to follow in the transaction."""

from __future__ import annotations

from django.dispatch import Signal

synchronised = Signal()
"""The customers were brought up to the ledger; sent before the transaction ends."""
