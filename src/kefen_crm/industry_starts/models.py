from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ChosenStart(models.Model):
    """A start that was chosen, or that the company begins without one.

    Attributes:
        name: of the start; `WITHOUT` when somebody said that none is wanted.
        made: what was made then, as `Step.summary`.
    """

    WITHOUT = "without"

    name = models.SlugField(max_length=40, unique=True)
    made = models.JSONField(default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("industry start")
        verbose_name_plural = _("industry starts")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
