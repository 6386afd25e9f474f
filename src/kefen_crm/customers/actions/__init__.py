"""Changes to customers: what imports bring, and what people do."""

from __future__ import annotations

from kefen_crm.customers.actions.synchronising import synchronise

__all__ = ["synchronise"]
