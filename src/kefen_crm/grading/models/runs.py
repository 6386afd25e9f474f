from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.jobs import Job, JobStatus

if TYPE_CHECKING:
    from kefen_crm.grading.models.schemes import Scheme


EXECUTE = "grading.carry_out"
"""The task that does runs."""


class Run(Job):
    """One application of a scheme version to the ledger as of a date.

    A `shadow` run shows what a draft would do; nobody's class changes by it. One that is put off
    waits until it is `due`.
    """

    Status = JobStatus

    version = models.ForeignKey("SchemeVersion", on_delete=models.PROTECT, related_name="runs")
    engine_id = models.CharField(max_length=80, blank=True, db_index=True)
    as_of = models.DateField(_("as of"), null=True)
    ledger_version = models.PositiveIntegerField(null=True)
    status = models.CharField(
        _("status"), max_length=8, choices=JobStatus, default=JobStatus.QUEUED, db_index=True
    )
    counts = models.JSONField(default=list, blank=True)
    standard = models.JSONField(default=dict, blank=True)
    duration = models.FloatField(_("duration"), null=True, help_text=_("seconds"))
    shadow = models.BooleanField(_("shadow run"), default=False)
    due = models.DateTimeField(null=True, blank=True)
    # The classes set by hand that it was given, by id.
    overrides = models.JSONField(default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

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
    def put_off(self) -> bool:
        """Whether it waits for more facts to come."""
        return bool(self.status == JobStatus.QUEUED and self.due and self.due > timezone.now())

    def place_in_queue(self) -> tuple[str, dict[str, Any]]:
        return EXECUTE, {"runs": [self.pk]}
