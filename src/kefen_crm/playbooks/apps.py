from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PlaybooksConfig(AppConfig):
    """What each class is given, what that takes, and whether it was given."""

    name = "kefen_crm.playbooks"
    verbose_name = _("Playbooks")

    def ready(self) -> None:
        """Follow the classes."""
        from kefen_crm.playbooks import commitments, live_plays  # noqa: F401
