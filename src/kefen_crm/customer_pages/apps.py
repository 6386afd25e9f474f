from __future__ import annotations

from django.apps import AppConfig


class CustomerPagesConfig(AppConfig):
    """The list of customers, the page of one, and both for programs."""

    name = "kefen_crm.customer_pages"
