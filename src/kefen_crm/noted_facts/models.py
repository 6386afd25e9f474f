from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NotedFact(models.Model):
    """Something that happened with a customer, noted by a person on the site or by a program.

    `on` and `amount` are the day and the money, in the base currency; `values` has everything
    by the columns of the ledger's kind, as text. Corrections change it, a withdrawn fact stays as
    it was last; the events know each version.
    """

    class Kind(models.TextChoices):
        ORDERS = "orders", _("order")
        RETURNS = "returns", _("return")
        INVOICES = "invoices", _("invoice")
        PAYMENTS = "payments", _("payment")
        INTERACTIONS = "interactions", _("interaction")
        FEEDBACK = "feedback", _("feedback")

    class State(models.TextChoices):
        NOTED = "noted", _("noted")
        CORRECTED = "corrected", _("corrected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="noted_facts",
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    on = models.DateField(_("day"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True)
    values = models.JSONField(_("values"), default=dict, null=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.NOTED)
    same_as = models.CharField(max_length=200, blank=True, default="", editable=False)
    """The number of a fact that an import brought and that looks the same; "" where none does."""
    kept = models.BooleanField(default=False, editable=False)
    """Whether a person said that both are true."""
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("noted by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    created = models.DateTimeField(_("noted at"), auto_now_add=True)
    changed = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("fact noted by hand")
        verbose_name_plural = _("facts noted by hand")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["customer", "kind", "-on"], name="noted_of_customer")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """Its number in the ledger. Imports number theirs otherwise."""
        return f"N-{self.pk:06d}"

    @property
    def in_force(self) -> bool:
        """Whether it was not withdrawn."""
        return self.state != self.State.WITHDRAWN

    @property
    def in_question(self) -> bool:
        """Whether it looks like a fact that an import brought, and nobody has said what is true."""
        return bool(self.same_as) and self.in_force and not self.kept

    @property
    def given(self) -> dict[str, Any]:
        """The values that it has."""
        return self.values or {}
