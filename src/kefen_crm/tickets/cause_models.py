"""What was changed about a cause of tickets."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CauseChange(models.Model):
    """Something that was changed so that fewer tickets come of a cause, and since when."""

    cause = models.CharField(_("cause"), max_length=120, db_index=True)
    text = models.CharField(_("what was changed"), max_length=500)
    since = models.DateField(_("since"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("change about a cause")
        verbose_name_plural = _("changes about causes")
        ordering = ["-since", "-pk"]

    def __str__(self) -> str:
        return self.text
