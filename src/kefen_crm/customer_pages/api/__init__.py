"""Customers for programs. A code may hold slashes, so that longer addresses are added first."""

from __future__ import annotations

from kefen_crm.customer_pages.api import customers, verbs, writing  # noqa: F401  # adds operations
from kefen_crm.customer_pages.api.routes import router

__all__ = ["router"]
