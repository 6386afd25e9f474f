from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Import(models.Model):
    """One uploaded file on its way into the ledger, kept with its outcome."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        COMMITTING = "committing", _("Committing")
        COMMITTED = "committed", _("Committed")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")

    file = models.FileField(_("file"), upload_to="%Y/%m", max_length=300)
    name = models.CharField(_("file name"), max_length=255)
    size = models.BigIntegerField(_("size"))
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    sheet = models.CharField(_("sheet"), max_length=120, blank=True)
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.UPLOADED, db_index=True
    )
    progress = models.JSONField(default=dict, blank=True)
    report = models.JSONField(default=dict, blank=True)
    reason = models.JSONField(default=dict, blank=True)
    batch_id = models.CharField(max_length=64, blank=True, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="imports"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)
    history = HistoricalRecords(excluded_fields=["progress"])

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return self.name

    @property
    def busy(self) -> bool:
        """Whether a background job is at work on it."""
        return self.status in {self.Status.CHECKING, self.Status.COMMITTING}
