from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GradingConfig(AppConfig):
    """Schemes, their versions, runs and everyone's current class."""

    name = "kefen_crm.grading"
    verbose_name = _("Classification")

    def ready(self) -> None:
        from kefen_crm.grading import receivers  # noqa: F401 - connects on import
