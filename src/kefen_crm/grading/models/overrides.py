from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Override(models.Model):
    """A person's decision: this customer is in this class of the scheme, whatever is computed.

    It holds until the end of the day `until`, or until it is lifted. `ended` says when it stopped
    holding, by itself or by someone. `computed_key` is the class it set aside.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="overrides"
    )
    scheme = models.ForeignKey("Scheme", on_delete=models.CASCADE, related_name="overrides")
    class_key = models.CharField(_("class"), max_length=80)
    computed_key = models.CharField(_("computed class"), max_length=80, null=True)
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="overrides"
    )
    since = models.DateTimeField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    ended = models.DateTimeField(_("ended"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    lift_reason = models.CharField(_("reason for lifting"), max_length=500, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("class set by hand")
        verbose_name_plural = _("classes set by hand")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "scheme"],
                condition=models.Q(ended=None),
                name="one_override_at_a_time",
            )
        ]
        indexes = [
            models.Index(
                fields=["until"], condition=models.Q(ended=None), name="override_to_expire"
            ),
            models.Index(fields=["scheme", "-since"], name="override_by_scheme"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.class_key}"

    @property
    def active(self) -> bool:
        return self.ended is None

    @property
    def state(self) -> str:
        """`active`, `lifted` by a person or `expired` by itself."""
        if self.active:
            return "active"
        return "lifted" if self.lifted else "expired"

    @property
    def lifted(self) -> bool:
        """Whether a person ended it, rather than its day."""
        return self.ended is not None and bool(self.lift_reason)
