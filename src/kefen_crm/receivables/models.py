from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from datetime import date


class OpenInvoice(models.Model):
    """An invoice that is not paid in full, or a payment that was taken back.

    The facts are in the ledger; this is how `Refreshed` found them, money in the base currency.

    Attributes:
        due_on: None where neither the invoice nor its customer has a term; then it is never late.
        open: what is still owed of it, more than 0.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="open_invoices",
    )
    number = models.CharField(_("number"), max_length=200)
    issued_on = models.DateField(_("issued"))
    due_on = models.DateField(_("due"), null=True)
    open = models.DecimalField(_("open"), max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = _("open invoice")
        verbose_name_plural = _("open invoices")
        ordering = [models.F("due_on").asc(nulls_last=True), "number", "pk"]
        indexes = [models.Index(fields=["due_on", "number", "id"], name="open_invoice_by_due")]

    def __str__(self) -> str:
        return self.number

    def days_late(self, day: date) -> int:
        """Days past the due date on a day; 0 while it is not late."""
        return max((day - self.due_on).days, 0) if self.due_on else 0


class Payer(models.Model):
    """How a customer pays, as `Refreshed` found it.

    Attributes:
        outstanding, overdue: as the indicators of these names on that day.
        days_late: days past the due date over the last twelve months, weighted by amount; None
            where nothing was paid or fell due.
    """

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.PROTECT, related_name="payer"
    )
    outstanding = models.DecimalField(max_digits=18, decimal_places=2)
    overdue = models.DecimalField(max_digits=18, decimal_places=2, db_index=True)
    days_late = models.FloatField(null=True)

    class Meta:
        verbose_name = _("payment behaviour")
        verbose_name_plural = _("payment behaviour")

    def __str__(self) -> str:
        return str(self.customer)


class Refreshed(models.Model):
    """Of which facts, and of which day, the open invoices are; one row at most.

    `billed` is what was invoiced in the 90 days before `as_of`.
    """

    as_of = models.DateField()
    ledger_version = models.BigIntegerField()
    billed = models.DecimalField(max_digits=18, decimal_places=2)
    at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("state of the receivables")
        verbose_name_plural = _("state of the receivables")

    def __str__(self) -> str:
        return self.as_of.isoformat()


class CashCheck(models.Model):
    """What a past month was expected to bring, of what was open as it began, and what came of it.

    Money of everybody, in the base currency, as the ledger was when somebody looked.
    """

    month = models.DateField(_("month"), unique=True)
    expected = models.DecimalField(_("expected"), max_digits=18, decimal_places=2)
    came = models.DecimalField(_("came in"), max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = _("expectation checked")
        verbose_name_plural = _("expectations checked")
        ordering = ["month"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def error(self) -> float | None:
        """How far what was expected was off, as a share of what came."""
        return float((self.expected - self.came) / self.came) if self.came else None


class Promise(models.Model):
    """What a customer promised to pay, and until when.

    It is kept once so much came in from the day it was given until the day promised, and broken
    when that day has passed without. What is promised in instalments is a promise each.

    Attributes:
        plan: the same for the instalments of one promise; None for one of its own.
        part, parts: which instalment of how many.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("promise", "open")
        KEPT = "kept", _("kept")
        BROKEN = "broken", _("broken")
        WITHDRAWN = "withdrawn", _("withdrawn")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="promises",
    )
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    due_on = models.DateField(_("promised until"))
    given_on = models.DateField(_("given on"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    plan = models.UUIDField(null=True, editable=False)
    part = models.PositiveSmallIntegerField(default=1, editable=False)
    parts = models.PositiveSmallIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("promise to pay")
        verbose_name_plural = _("promises to pay")
        ordering = ["due_on", "pk"]

    def __str__(self) -> str:
        return f"{self.amount} · {self.due_on.isoformat()}"


class Dispute(models.Model):
    """An invoice whose customer says that it is not owed, or not so; it is not dunned meanwhile."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SETTLED = "settled", _("settled")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="disputes",
    )
    number = models.CharField(_("invoice"), max_length=200)
    reason = models.CharField(_("reason"), max_length=500)
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "number"],
                condition=models.Q(state="open"),
                name="one_open_dispute_an_invoice",
            )
        ]

    def __str__(self) -> str:
        return self.number


class AppliedPayment(models.Model):
    """A payment that names no invoice, and what somebody applied it to; one of each number.

    The ledger has its parts as payments that name their invoices, and what is left as one that
    names none; together they are the payment, on its day.

    Attributes:
        number: of the payment in the ledger.
        gone: the payment is not in the ledger any more, so that its parts are not, either.
    """

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="applied_payments",
    )
    number = models.CharField(_("number"), max_length=200, unique=True)
    paid_on = models.DateField(_("paid on"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    method = models.CharField(_("method"), max_length=200, blank=True)
    gone = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("applied payment")
        verbose_name_plural = _("applied payments")
        ordering = ["-paid_on", "pk"]

    def __str__(self) -> str:
        return self.number


class Application(models.Model):
    """A part of a payment that was applied to an invoice; undone, it is no longer."""

    payment = models.ForeignKey(
        AppliedPayment, on_delete=models.CASCADE, related_name="applications"
    )
    invoice = models.CharField(_("invoice"), max_length=200)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("application of a payment")
        verbose_name_plural = _("applications of payments")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.invoice} · {self.amount}"
