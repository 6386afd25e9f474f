from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CENT = Decimal("0.01")


class Letterhead(models.Model):
    """What stands at the head of every quote, in Chinese and in English; there is one."""

    name = models.CharField(_("name of the company"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    address_en = models.CharField(_("address in English"), max_length=300, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    email = models.CharField(_("e-mail"), max_length=200, blank=True)
    bank = models.TextField(_("bank account"), max_length=500, blank=True)
    terms = models.TextField(_("terms of quotes"), max_length=3_000, blank=True)
    terms_en = models.TextField(_("terms of quotes in English"), max_length=3_000, blank=True)

    class Meta:
        verbose_name = _("letterhead")
        verbose_name_plural = _("letterheads")

    def __str__(self) -> str:
        return self.name


class Quote(models.Model):
    """What a customer is offered. Once it is sent nothing of what it says changes any more.

    Attributes:
        chain: tells the versions of one quote; the id of the first.
        number_in_chain: 1 for the first version.
        lines: what is offered: `product`, `quantity`, `list_price` and `price`, numbers as text.
        list_total, total: of the lines, by list price and by price, in the base currency.
        ceiling: percent of discount that the rule of the customer's class allowed when approval
            was asked for or it was sent; None where no rules were in force.
        letterhead: as it stood when it was sent.
        decided_by, answer: who approved or refused the discount, and why.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("quote", "draft")
        ASKED = "asked", pgettext_lazy("quote", "to be approved")
        APPROVED = "approved", pgettext_lazy("quote", "approved")
        SENT = "sent", pgettext_lazy("quote", "sent")
        ACCEPTED = "accepted", pgettext_lazy("quote", "accepted")
        DECLINED = "declined", pgettext_lazy("quote", "declined")
        REPLACED = "replaced", pgettext_lazy("quote", "replaced")

    class Language(models.TextChoices):
        ZH = "zh", _("Chinese")
        EN = "en", _("English")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="quotes",
    )
    opportunity = models.ForeignKey(
        "opportunities.Opportunity",
        verbose_name=_("opportunity"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="quotes",
    )
    chain = models.PositiveBigIntegerField(default=0, editable=False)
    number_in_chain = models.PositiveSmallIntegerField(default=1, editable=False)
    title = models.CharField(_("what it is about"), max_length=200)
    contact = models.CharField(_("to whom"), max_length=120, blank=True)
    lines = models.JSONField(_("lines"), default=list)
    list_total = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    total = models.DecimalField(_("total"), max_digits=18, decimal_places=2, default=0)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    terms = models.TextField(_("terms"), max_length=3_000, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.ZH)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    ceiling = models.PositiveSmallIntegerField(null=True, editable=False)
    reason = models.CharField(_("why so much discount"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(max_length=500, blank=True)
    letterhead = models.JSONField(default=dict, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(_("made"))
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        ordering = ["-made_at", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-made_at"], name="quote_of_customer"),
            models.Index(fields=["state", "-made_at"], name="quote_by_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "number_in_chain"],
                condition=~models.Q(chain=0),
                name="one_quote_a_version",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        """Its number, with that of the version from the second on."""
        version = f"-{self.number_in_chain}" if self.number_in_chain > 1 else ""
        return f"Q-{self.chain or self.pk:06d}{version}"

    @property
    def discount(self) -> Decimal:
        """Percent that the total is below that of list prices; below zero where it is above."""
        if not self.list_total:
            return Decimal(0)
        share = (self.list_total - self.total) / self.list_total * 100
        return share.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def frozen(self) -> bool:
        """Whether it was sent: what it says does not change any more."""
        return self.sent_at is not None

    @property
    def editable(self) -> bool:
        return not self.frozen and self.state != self.State.REPLACED

    @property
    def priced(self) -> list[dict[str, Any]]:
        """Its lines with numbers, and the sum of each."""
        return [
            {
                "product": one["product"],
                "quantity": Decimal(one["quantity"]),
                "list_price": Decimal(one["list_price"]),
                "price": Decimal(one["price"]),
                "sum": line_sum(one["quantity"], one["price"]),
            }
            for one in self.lines
        ]


def line_sum(quantity: str, price: str) -> Decimal:
    """What a line comes to, to the cent."""
    return (Decimal(quantity) * Decimal(price)).quantize(CENT, ROUND_HALF_UP)
