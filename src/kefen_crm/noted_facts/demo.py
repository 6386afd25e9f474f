"""A few facts noted by hand by the demo's sales representatives."""

from __future__ import annotations


def demo() -> None:
    """Note an order, a payment, a visit and a complaint, unless some were noted before."""
