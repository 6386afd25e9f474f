"""Who holds whom: holdings, pools, and what moved many customers at once.

`Customer.owner` is the fast copy of the open holding. A trigger of the database writes holdings
with each change of it, whoever makes the change, so the two cannot disagree.
"""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.standing_words import said
from kefen_crm.team.models import Department

MASKABLE: Final = {
    "name": _("Name"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "contact": _("Contact"),
    "address": _("Address"),
}
"""The fields that a pool may hide from those who see a customer only through it."""
LONGEST = 3_660
"""Days."""


def usual_masks() -> list[str]:
    """How customers are reached: hidden until somebody claims them."""
    return ["phone", "email", "contact", "address"]


class Transfer(models.Model):
    """Customers that changed hands together, and can be given back together."""

    class Kind(models.TextChoices):
        RECYCLED = "recycled", _("Taken into the pool by the rules")
        HANDED_OVER = "handed-over", _("Handed over")
        ASSIGNED = "assigned", _("Assigned")

    kind = models.CharField(max_length=11, choices=Kind)
    day = models.DateField()
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    leaver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="handed_over"
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"


class Holding(models.Model):
    """A person who looked after a customer for a time; the open one is `Customer.owner`.

    Rows are written by the database with each change of the owner.
    """

    class Via(models.TextChoices):
        EARLIER = "earlier", _("Held before this was noted")
        IMPORTED = "import", _("By an import")
        CREATED = "created", _("Typed in")
        ASSIGNED = "assigned", _("Assigned")
        CLAIMED = "claimed", _("Claimed")
        RELEASED = "released", _("Released")
        RECYCLED = "recycled", _("Taken into the pool by the rules")
        HANDED_OVER = "handed-over", _("Handed over")
        RETURNED = "returned", _("Given back")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="holdings",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.PROTECT,
        related_name="holdings",
    )
    since = models.DateTimeField(_("since"), default=timezone.now)
    until = models.DateTimeField(_("until"), null=True)
    via = models.CharField(_("how it began"), max_length=11, choices=Via)
    reason = models.CharField(_("why it began"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    ended = models.CharField(_("how it ended"), max_length=11, choices=Via, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=500, blank=True)
    begun_by = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, null=True, related_name="begun"
    )
    ended_by = models.ForeignKey(
        Transfer, on_delete=models.PROTECT, null=True, related_name="ended"
    )

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(until=None), name="holding_one_open"
            )
        ]
        indexes = [
            models.Index(fields=["customer", "-since"], name="holding_of_customer"),
            models.Index(fields=["user", "since"], name="holding_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.customer_id}"


class Pool(models.Model):
    """Customers whom nobody holds, and who may claim them.

    Without departments it is the whole company's. Zero is no limit.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    departments = models.ManyToManyField(
        Department, verbose_name=_("departments"), blank=True, related_name="pools"
    )
    masked_fields = models.JSONField(_("hidden until claimed"), default=usual_masks, blank=True)
    per_day = models.PositiveIntegerField(
        _("claims a day"), default=5, validators=[MaxValueValidator(10_000)]
    )
    most_held = models.PositiveIntegerField(
        _("held at most"), default=0, validators=[MaxValueValidator(10_000_000)]
    )
    former_waits = models.PositiveIntegerField(
        _("days the former owner waits"), default=30, validators=[MaxValueValidator(LONGEST)]
    )
    rest_days = models.PositiveIntegerField(
        _("days of rest after recycling"), default=1, validators=[MaxValueValidator(LONGEST)]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("pool")
        verbose_name_plural = _("pools")
        ordering = ["name"]

    def __str__(self) -> str:
        return said(self.name)


class PoolEntry(models.Model):
    """A customer in a pool; the database removes it when somebody becomes the owner.

    Attributes:
        former: who held the customer before; waits until `former_from` to claim it again.
        free_from: the day from which anybody else may claim it.
    """

    class Why(models.TextChoices):
        RELEASED = "released", _("Released")
        RECYCLED = "recycled", _("Taken into the pool by the rules")
        PUT = "put", _("Put in by a person")

    customer = models.OneToOneField(
        "customers.Customer",
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="pool_entry",
    )
    pool = models.ForeignKey(Pool, on_delete=models.PROTECT, related_name="entries")
    since = models.DateTimeField(default=timezone.now)
    why = models.CharField(max_length=8, choices=Why)
    reason = models.CharField(max_length=500, blank=True)
    former = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    former_from = models.DateField(null=True)
    free_from = models.DateField(null=True)
    transfer = models.ForeignKey(
        Transfer, on_delete=models.SET_NULL, null=True, related_name="entries"
    )

    class Meta:
        verbose_name = _("customer in a pool")
        verbose_name_plural = _("customers in pools")
        ordering = ["-since", "customer_id"]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.pool_id}"


class Leave(models.Model):
    """Days on which a person is away: what they hold does not fall into the pool meanwhile."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.CASCADE,
        related_name="leaves",
    )
    first = models.DateField(_("first day"))
    last = models.DateField(_("last day"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("leave")
        verbose_name_plural = _("leaves")
        ordering = ["-first", "user"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last__gte=models.F("first")), name="leave_in_order"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.first}"


class Falling(models.Model):
    """A customer that the rules will take soon, as of the last night; written anew each night.

    Attributes:
        condition: what counts, and `since` from which day.
        falls_on: the night; the rules may take it later, never earlier.
    """

    class Condition(models.TextChoices):
        CONTACT = "contact", _("without contact")
        ORDER = "order", _("without order")
        CONTRACT = "contract", _("after the contract's end")

    customer = models.OneToOneField(
        "customers.Customer", on_delete=models.PROTECT, primary_key=True, related_name="falling"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="falling"
    )
    rule = models.CharField(max_length=80)
    condition = models.CharField(max_length=8, choices=Condition)
    since = models.DateField()
    falls_on = models.DateField()

    class Meta:
        verbose_name = _("customer about to fall into the pool")
        verbose_name_plural = _("customers about to fall into the pool")
        ordering = ["falls_on", "customer_id"]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.falls_on}"


class Spared(models.Model):
    """The rules leave a customer alone up to a day, or every customer where none is named."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, null=True, related_name="spared"
    )
    until = models.DateField()
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("customer spared by the pool rules")
        verbose_name_plural = _("customers spared by the pool rules")
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.until}"
