"""Rules as documents."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RuleDocument(models.Model):
    """One wording of the rules of a kind. What was published is never changed.

    A draft has no version. To roll back is to publish an older wording as the next version.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("In force")
        RETIRED = "retired", _("No longer in force")

    kind = models.CharField(max_length=80)
    version = models.PositiveIntegerField(null=True)
    document = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    reason = models.TextField(_("reason"), blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("rules")
        verbose_name_plural = _("rules")
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="rules_once_a_version"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(state="draft"), name="rules_one_draft"
            ),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(state="published"), name="rules_one_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}" if self.version else self.kind
