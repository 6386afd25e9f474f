from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class FurtherMeasure(models.Model):
    """An indicator that lists of customers show though no scheme in force measures it.

    Attributes:
        name: of the indicator.
        source: where its values are; empty until it was measured.
        as_of, ledger_version: the day and the facts that they are of.
        reason: why it could not be measured, as code and data; empty where it was.
    """

    name = models.CharField(max_length=200, unique=True)
    source = models.CharField(max_length=80, blank=True, default="")
    as_of = models.DateField(null=True)
    ledger_version = models.PositiveIntegerField(null=True)
    reason = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("further indicator of lists")
        verbose_name_plural = _("further indicators of lists")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
