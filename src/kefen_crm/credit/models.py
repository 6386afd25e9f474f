from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from decimal import Decimal


class Block(models.TextChoices):
    """Why an order on credit is blocked."""

    HOLD = "hold", _("orders are held")
    OVERDUE = "overdue", _("money is late for too long")
    LIMIT = "limit", _("the limit is exceeded")


class CreditAccount(models.Model):
    """A customer's credit as it was last reckoned, money in the base currency.

    Attributes:
        rule: the name of the rule that holds; empty where the limit is the customer's own.
        days: of the terms; None where nothing says.
        limit: None where there is none.
        open, not_invoiced: what is used: open invoices, and orders not invoiced yet.
        days_late: of the oldest invoice that is late.
        blocks: why an order on credit would be blocked by now.
    """

    customer = models.OneToOneField(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="credit_account",
    )
    rule = models.CharField(_("rule"), max_length=80, blank=True)
    days = models.PositiveIntegerField(_("days of credit"), null=True)
    limit = models.DecimalField(_("limit"), max_digits=18, decimal_places=2, null=True)
    monthly_sales = models.DecimalField(_("sales a month"), max_digits=18, decimal_places=2)
    open = models.DecimalField(_("open invoices"), max_digits=18, decimal_places=2)
    not_invoiced = models.DecimalField(_("orders not invoiced"), max_digits=18, decimal_places=2)
    used = models.GeneratedField(
        expression=models.F("open") + models.F("not_invoiced"),
        output_field=models.DecimalField(_("used"), max_digits=18, decimal_places=2),
        db_persist=True,
    )
    days_late = models.PositiveIntegerField(_("days late"), default=0)
    blocks = ArrayField(models.CharField(max_length=8, choices=Block), default=list)

    class Meta:
        verbose_name = _("credit account")
        verbose_name_plural = _("credit accounts")
        ordering = ["-used", "pk"]
        indexes = [
            models.Index(fields=["-used", "id"], name="credit_by_use"),
            models.Index(
                fields=["-used", "id"], name="credit_blocked", condition=~models.Q(blocks=[])
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer)

    @property
    def available(self) -> Decimal | None:
        """What may be ordered on credit yet; None without a limit, below 0 when it is exceeded."""
        return None if self.limit is None else self.limit - self.open - self.not_invoiced


class CreditException(models.Model):
    """Other terms for one customer until a day, which somebody else approves.

    Attributes:
        limit: in place of the rule's; None leaves that.
        despite_overdue: orders pass although money is late.
        until: the last day on which it holds.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("to be approved")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("rejected")
        ENDED = "ended", _("ended")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="credit_exceptions",
    )
    limit = models.DecimalField(_("limit"), max_digits=18, decimal_places=2, null=True, blank=True)
    despite_overdue = models.BooleanField(_("orders pass although money is late"), default=False)
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=500)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answer = models.CharField(_("answer"), max_length=500, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("credit exception")
        verbose_name_plural = _("credit exceptions")
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return f"{self.customer} · {self.until.isoformat()}"


class CreditHold(models.Model):
    """Orders of a customer on credit are held until somebody releases them; at most one is open."""

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="credit_holds",
    )
    reason = models.CharField(_("reason"), max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    release_reason = models.CharField(_("why it was released"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("hold of orders")
        verbose_name_plural = _("holds of orders")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(released_at=None),
                name="credit_one_hold_a_customer",
            )
        ]

    def __str__(self) -> str:
        return self.reason
