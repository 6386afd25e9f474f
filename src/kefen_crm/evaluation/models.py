from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Study(models.Model):
    """A question put to the classification, and what the facts answered."""

    class Kind(models.TextChoices):
        READINESS = "readiness", _("Readiness")
        BACKTEST = "backtest", _("Backtest")
        SCORECARD = "scorecard", _("Scorecard")
        AGREEMENT = "agreement", _("Agreement")
        SENSITIVITY = "sensitivity", _("Sensitivity of weights")
        CHURN = "churn", _("Churn risk")
        EXPERIMENT = "experiment", _("Experiment")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, db_index=True)
    # What was asked: names of schemes, ids of runs, horizon and the like.
    asked = models.JSONField(_("asked"), default=dict)
    scheme = models.ForeignKey(
        "grading.Scheme", on_delete=models.CASCADE, null=True, related_name="studies"
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.QUEUED, db_index=True
    )
    progress = models.JSONField(default=dict, blank=True)
    # What the engine told, with its pictures.
    result = models.JSONField(default=dict, blank=True)
    reason = models.JSONField(default=dict, blank=True)
    ledger_version = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("study")
        verbose_name_plural = _("studies")
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["kind", "scheme", "-created"], name="study_by_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("proof:study", args=[self.pk])

    @property
    def busy(self) -> bool:
        """Whether it waits or is at work."""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def told(self) -> dict[str, Any]:
        """What the engine told; empty until it has."""
        found: dict[str, Any] = self.result.get("told") or {}
        return found
