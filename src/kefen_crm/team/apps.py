from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TeamConfig(AppConfig):
    """Users, roles, departments and API tokens."""

    name = "kefen_crm.team"
    verbose_name = _("Team")

    def ready(self) -> None:
        from kefen_crm.team import signals  # noqa: F401 - connects on import
