from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Link(models.Model):
    """One customer belongs to another: `other` is its parent, its affiliate, its payer, or who
    referred it.

    A customer has at most one parent, one payer and one referrer; no chain of one kind comes
    back to itself. Affiliates are so to each other, kept once.

    Attributes:
        by: who said so; None where an import did.
    """

    class Kind(models.TextChoices):
        PARENT = "parent", _("parent company")
        AFFILIATE = "affiliate", _("affiliate")
        PAYER = "payer", _("payer")
        REFERRER = "referrer", _("referred by")

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="links"
    )
    other = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="links_from"
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("link between customers")
        verbose_name_plural = _("links between customers")
        ordering = ["kind", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "other", "kind"], name="customers_linked_once_so"
            ),
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=~models.Q(kind="affiliate"),
                name="one_link_of_a_kind",
            ),
        ]
        indexes = [models.Index(fields=["other", "kind"], name="linked_customers")]

    def __str__(self) -> str:
        return f"{self.customer} · {self.get_kind_display()} · {self.other}"
