from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.jobs import Job, JobStatus

ABOUT_RUNS = ("run", "before", "after", "ours")
"""Of what is asked, the ids of runs."""
ANSWER = "proof.answer"
"""The task that answers studies."""


class Study(Job):
    """A question put to the classification, and what the facts answered."""

    class Kind(models.TextChoices):
        READINESS = "readiness", _("Readiness")
        BACKTEST = "backtest", _("Backtest")
        SCORECARD = "scorecard", _("Scorecard")
        AGREEMENT = "agreement", _("Agreement")
        SENSITIVITY = "sensitivity", _("Sensitivity of weights")
        CHURN = "churn", _("Churn risk")
        EXPERIMENT = "experiment", _("Experiment")
        AUDIT = "audit", _("Audit before publishing")
        RIVAL = "rival", _("Another system's levels")

    Status = JobStatus

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, db_index=True)
    # What was asked: names of schemes, ids of runs, horizon and the like.
    asked = models.JSONField(_("asked"), default=dict)
    scheme = models.ForeignKey(
        "grading.Scheme", on_delete=models.CASCADE, null=True, related_name="studies"
    )
    status = models.CharField(
        _("status"), max_length=8, choices=JobStatus, default=JobStatus.QUEUED, db_index=True
    )
    # What the engine told, with its pictures.
    result = models.JSONField(default=dict, blank=True)
    ledger_version = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("study")
        verbose_name_plural = _("studies")
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["kind", "scheme", "-created"], name="study_by_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("proof:study", args=[self.pk])

    def place_in_queue(self) -> tuple[str, dict[str, Any]]:
        return ANSWER, {"pk": self.pk}

    @property
    def answer(self) -> dict[str, Any]:
        """What the engine told; empty until it has."""
        found: dict[str, Any] = self.result.get("told") or {}
        return found
