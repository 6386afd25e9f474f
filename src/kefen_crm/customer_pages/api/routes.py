"""The router of customers; the modules beside this one add their operations to it."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["Customers"], by_alias=True)
