from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LoyaltyConfig(AppConfig):
    """Points that customers earn and spend, the tiers they are in, coupons and rewards."""

    name = "kefen_crm.loyalty"
    verbose_name = _("Loyalty")

    def ready(self) -> None:
        """Follow new facts."""
        from kefen_crm.loyalty import landing  # noqa: F401
