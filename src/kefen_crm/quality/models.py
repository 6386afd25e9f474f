from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.models import Customer
from kefen_crm.quality.values import shown


class InvalidValue(models.Model):
    """A value that the nightly check found to be none of its field.

    Attributes:
        value: what stood there; once another stands there, this says nothing any more.
        proposed: what was probably meant; empty for no value, None where nobody can tell.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="invalid_values"
    )
    field = models.CharField(max_length=40)
    value = models.TextField(_("value"), blank=True)
    proposed = models.TextField(_("proposed"), null=True, blank=True)

    class Meta:
        verbose_name = _("invalid value")
        verbose_name_plural = _("invalid values")
        constraints = [
            models.UniqueConstraint(fields=["customer", "field"], name="one_invalid_value_a_field")
        ]
        indexes = [models.Index(fields=["field", "customer"], name="invalid_values_of_field")]

    def __str__(self) -> str:
        return f"{self.customer}: {self.field}"

    @property
    def title(self) -> str:
        """The field in words."""
        field = Customer._meta.get_field(self.field)  # noqa: SLF001  # as documented
        return str(getattr(field, "verbose_name", self.field))

    @property
    def shown(self) -> str:
        """The value with what cannot be seen in it."""
        return shown(self.value)


class Score(models.Model):
    """What a check found on a day; of no name for all checks together.

    Attributes:
        customers: how many current customers there were.
        found: how many of them the check found.
    """

    day = models.DateField(_("day"))
    name = models.CharField(max_length=80, blank=True)
    customers = models.PositiveIntegerField()
    found = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("data quality of a day")
        verbose_name_plural = _("data quality by day")
        ordering = ["-day", "name"]
        constraints = [models.UniqueConstraint(fields=["day", "name"], name="one_score_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"

    @property
    def share(self) -> float:
        """Of the customers, the share that was not found; 1 without any."""
        return 1 - self.found / self.customers if self.customers else 1.0


class Mending(models.Model):
    """Values that were mended at once, to be undone at once."""

    name = models.CharField(max_length=80)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("mending")
        verbose_name_plural = _("mendings")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d}"


class MendedValue(models.Model):
    """A value that was mended.

    Attributes:
        base: what imports brought, where a person had written the value before; else None.
    """

    mending = models.ForeignKey(Mending, on_delete=models.CASCADE, related_name="values")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="mended_values"
    )
    field = models.CharField(max_length=40)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    base = models.TextField(null=True)

    class Meta:
        verbose_name = _("mended value")
        verbose_name_plural = _("mended values")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.customer}: {self.field}"
