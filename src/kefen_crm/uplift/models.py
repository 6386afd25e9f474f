from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.jobs import Job, JobStatus

LEARN: Final = "uplift.learn"
"""The task that learns from campaigns."""


class Learning(Job):
    """Whom some past campaigns changed, as the facts said when it was asked.

    Attributes:
        campaigns: each with `id`, `name`, `began`, in the order in which they were chosen.
        days: in which sales counted, of each of them.
        result: `told`, `pictures` and the `document` of the scheme, where there is one.
        scheme: the scheme that it was published as.
    """

    Status = JobStatus

    campaigns = models.JSONField(_("campaigns"), default=list)
    days = models.PositiveSmallIntegerField(_("days in which sales count"))
    status = models.CharField(
        _("status"), max_length=8, choices=JobStatus, default=JobStatus.QUEUED, db_index=True
    )
    result = models.JSONField(default=dict, blank=True)
    ledger_version = models.PositiveIntegerField(null=True)
    scheme = models.ForeignKey(
        "grading.Scheme", on_delete=models.SET_NULL, null=True, related_name="learnings"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("learning from campaigns")
        verbose_name_plural = _("learnings from campaigns")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return ", ".join(str(one["name"]) for one in self.campaigns)

    def get_absolute_url(self) -> str:
        return reverse("uplift:learning", args=[self.pk])

    def place_in_queue(self) -> tuple[str, dict[str, Any]]:
        return LEARN, {"pk": self.pk}

    @property
    def answer(self) -> dict[str, Any]:
        """What the engine told; empty until it has."""
        found: dict[str, Any] = self.result.get("told") or {}
        return found

    @property
    def publishable(self) -> bool:
        """Whether it gave classes that were not published yet."""
        return bool(self.result.get("document")) and self.scheme_id is None
