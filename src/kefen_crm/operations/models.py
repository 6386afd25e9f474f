from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """Something that was done to the installation: who, when, what."""

    class Kind(models.TextChoices):
        SETTINGS = "settings", _("Settings changed")
        BACKUP = "backup", _("Backup taken")
        BACKUP_FAILED = "backup-failed", _("Backup failed")
        CLEARED = "cleared", _("Past versions cleared away")
        RUNS = "runs", _("Old runs removed")

    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    data = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return self.get_kind_display()
