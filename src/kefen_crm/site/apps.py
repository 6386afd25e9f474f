from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """The roof: layout, menu, first page, addresses, and what prepares the database."""

    name = "kefen_crm.site"
