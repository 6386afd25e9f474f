"""Which customers no outreach reaches in a year, and what that year brought against them."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class HoldoutPolicy(models.Model):
    """How many customers outreach leaves alone; there is one row.

    Attributes:
        percent: drawn within each class, at the beginning of each year.
        reason: why nobody is, where `percent` is 0.
    """

    percent = models.PositiveSmallIntegerField(
        _("left alone all year, percent"), default=2, validators=[MaxValueValidator(20)]
    )
    reason = models.CharField(_("why nobody is left alone"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("policy of the holdout")
        verbose_name_plural = _("policies of the holdout")

    def __str__(self) -> str:
        return f"{self.percent} %"

    def said(self) -> dict[str, Any]:
        return {"percent": self.percent, "reason": self.reason}


class HoldoutYear(models.Model):
    """A draw, and what the outreach of its year brought against those left alone.

    Attributes:
        salt: with it customers are drawn.
        classes: those of the day of the draw, as `key`, `title`, `scheme`, best first.
        result: what the sales said last; `measured_at` when.
    """

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    percent = models.PositiveSmallIntegerField()
    salt = models.CharField(max_length=32)
    drawn_on = models.DateField(_("drawn"))
    classes = models.JSONField(default=list, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    result = models.JSONField(default=dict, blank=True)
    measured_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("year of the holdout")
        verbose_name_plural = _("years of the holdout")
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class HoldoutMember(models.Model):
    """A customer of a draw, left alone or not; it never changes within the year.

    Attributes:
        class_key: the class on the day of the draw; empty for none.
        past: sales over the window of the customer's figures on that day.
        joined: the customer came after the draw: left alone likewise, but not measured.
    """

    of = models.ForeignKey(HoldoutYear, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="holdouts"
    )
    held = models.BooleanField()
    class_key = models.CharField(max_length=80, blank=True)
    past = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    joined = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("customer of the holdout")
        verbose_name_plural = _("customers of the holdout")
        constraints = [models.UniqueConstraint(fields=["of", "customer"], name="once_in_a_holdout")]
        indexes = [
            models.Index(fields=["of", "customer"], condition=models.Q(held=True), name="held_out")
        ]

    def __str__(self) -> str:
        return f"{self.of} · {self.customer_id}"
