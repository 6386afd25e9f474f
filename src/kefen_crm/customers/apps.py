from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import pre_migrate
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Customers with their current figures, as people search and filter them."""

    name = "kefen_crm.customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from kefen_crm.customers import late_indexes

        pre_migrate.connect(
            late_indexes.before_migrations, sender=self, dispatch_uid="customers_late_indexes"
        )
