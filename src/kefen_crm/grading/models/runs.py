from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from kefen_crm.grading.models.schemes import Scheme


class Run(models.Model):
    """One application of a scheme version to the ledger as of a date.

    A `shadow` run shows what a draft would do; nobody's class changes by it.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")

    version = models.ForeignKey("SchemeVersion", on_delete=models.PROTECT, related_name="runs")
    engine_id = models.CharField(max_length=80, blank=True, db_index=True)
    as_of = models.DateField(_("as of"), null=True)
    ledger_version = models.PositiveIntegerField(null=True)
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.QUEUED, db_index=True
    )
    progress = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=list, blank=True)
    standard = models.JSONField(default=dict, blank=True)
    duration = models.FloatField(_("duration"), null=True, help_text=_("seconds"))
    reason = models.JSONField(default=dict, blank=True)
    shadow = models.BooleanField(_("shadow run"), default=False)
    # The classes set by hand that it was given, by id.
    overrides = models.JSONField(default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["version", "-as_of"], name="run_by_version")]

    def __str__(self) -> str:
        return f"{self.version} · {self.as_of}"

    @property
    def scheme(self) -> Scheme:
        return self.version.scheme

    @property
    def busy(self) -> bool:
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}
