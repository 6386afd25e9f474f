from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Learned(models.Model):
    """What offers were learned from, and how each kind did; the newest one holds.

    Attributes:
        as_of: facts of earlier days counted.
        judged: how each kind of offer did beside the most popular products.
        customers: how many have offers.
    """

    at = models.DateTimeField(auto_now_add=True)
    as_of = models.DateField()
    ledger_version = models.PositiveIntegerField()
    judged = models.JSONField(default=list)
    customers = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.as_of}"


class CustomerOffers(models.Model):
    """What a customer may be offered, as it was last learned."""

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.CASCADE, related_name="offers"
    )
    offers = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.customer}"


class Rejection(models.Model):
    """A product that a customer does not want; it is not offered again."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="rejected_offers"
    )
    item = models.CharField(_("product"), max_length=255)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "item"], name="rejected_once")]

    def __str__(self) -> str:
        return f"{self.customer} · {self.item}"
