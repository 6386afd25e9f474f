from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kefen_crm.gateway.days import year_before
from kefen_crm.platform.per_request import PerRequest
from kefen_crm.platform.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

FIGURES = [
    "sales",
    "profit",
    "orders",
    "first_order_on",
    "last_order_on",
    "figures_until",
    "initials",
    "pinyin",
    "search",
    "standing",
    "updated",
]


class Standing(models.TextChoices):
    """Where a customer stands; `facts` and `site` are current, the others are history."""

    FACTS = "facts", _("in the facts")
    SITE = "site", _("typed in on the site")
    MERGED = "merged", _("merged into another")
    ARCHIVED = "archived", _("archived")


CURRENT = (Standing.FACTS, Standing.SITE)
"""The standings of customers that lists show unless asked for others."""


_MOST_SALES = models.F("sales").desc(nulls_last=True)


def _listing(name: str, *order: Any, more: Iterable[str] = ()) -> models.Index:
    """An index of a list in this order, which knows besides whom it shows and their sales.

    `more`: other figures, which a list is sorted by without reading the customers themselves.
    """
    known = ["id", "standing"] + (["sales"] if _MOST_SALES not in order else []) + [*more]
    return models.Index(*order, include=known, name=f"customer_by_{name}")


class Customer(models.Model):
    """A customer as people see, search and filter it; the facts themselves are in the ledger.

    Figures (`sales` … `last_order_on`) are copied from the last run: money over its window. What
    moves with every day is derived of them as of `FiguresDay`.
    What a person wrote stands in the row itself; `FieldEdit` knows what the imports say instead.
    """

    class Origin(models.TextChoices):
        FACTS = "facts"
        SITE = "site"

    code = models.CharField(_("code"), max_length=200, unique=True)  # as the ledger has it
    name = models.CharField(_("name"), max_length=255)
    initials = models.CharField(max_length=255, blank=True, editable=False)
    pinyin = models.TextField(blank=True, default="", editable=False)
    search = models.TextField(blank=True, editable=False)

    phone = models.CharField(_("phone"), max_length=64, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    contact = models.CharField(_("contact"), max_length=120, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    region = models.CharField(_("region"), max_length=120, blank=True)
    province = models.CharField(_("province"), max_length=120, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    size = models.CharField(_("size"), max_length=120, blank=True)
    customer_type = models.CharField(_("type"), max_length=120, blank=True)
    source_channel = models.CharField(_("source"), max_length=120, blank=True)
    status = models.CharField(_("status"), max_length=120, blank=True)
    note = models.TextField(_("note"), blank=True)
    registered_on = models.DateField(_("customer since"), null=True, blank=True)
    founded_on = models.DateField(_("founded"), null=True, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    credit_limit = models.DecimalField(
        _("credit limit"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    credit_days = models.IntegerField(_("credit days"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="customers",
        db_index=False,  # the list's index begins with it
    )
    owner_name = models.CharField(_("owner in the data"), max_length=120, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    sales = models.DecimalField(_("sales"), max_digits=18, decimal_places=2, null=True)
    profit = models.DecimalField(_("profit"), max_digits=18, decimal_places=2, null=True)
    orders = models.IntegerField(_("orders"), null=True)
    first_order_on = models.DateField(_("first purchase"), null=True)
    last_order_on = models.DateField(_("last purchase"), null=True)
    figures_until = models.DateField(null=True, editable=False)
    """As of which day figures are of one who is not in the facts; of others `FiguresDay` tells."""

    origin = models.CharField(
        max_length=5, choices=Origin, default=Origin.SITE, db_default=Origin.SITE, editable=False
    )
    """Whether imports or people brought the customer."""
    in_facts = models.BooleanField(default=False, db_default=False, editable=False)
    """Whether the ledger has it now; only synchronising writes this."""
    archived = models.BooleanField(_("archived"), default=False, db_default=False, editable=False)
    """Whether a person put it away."""
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="merged",
        db_index=False,  # few are
    )
    standing = models.GeneratedField(
        expression=models.Case(
            models.When(merged_into__isnull=False, then=models.Value(Standing.MERGED.value)),
            models.When(archived=True, then=models.Value(Standing.ARCHIVED.value)),
            models.When(in_facts=True, then=models.Value(Standing.FACTS.value)),
            models.When(origin="site", then=models.Value(Standing.SITE.value)),
            default=models.Value(Standing.ARCHIVED.value),
        ),
        output_field=models.CharField(_("standing"), max_length=8, choices=Standing),
        db_persist=True,
    )
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    """One more with each change of what people see, figures left out."""

    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    history = HistoricalRecords(excluded_fields=FIGURES)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = [_MOST_SALES, "code"]
        # Each list is counted, summed and turned to any page of within its index alone.
        indexes = [
            _listing("sales", _MOST_SALES, "code", more=("orders", "profit")),
            _listing("last", models.F("last_order_on").desc(nulls_last=True), "code"),
            _listing("orders", models.F("orders").desc(nulls_last=True), "code"),
            _listing("fewest", models.F("orders").asc(nulls_last=True), "code"),
            _listing("name", "name", "code"),
            _listing("region", "region", _MOST_SALES, "code"),
            _listing("industry", "industry", _MOST_SALES, "code"),
            _listing("owner", "owner", _MOST_SALES, "code"),
            models.Index("first_order_on", name="customer_by_first"),
            models.Index(
                fields=["id"],
                condition=~models.Q(standing__in=CURRENT),
                name="customer_set_aside",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(standing__in=CURRENT),
                name="customer_current",
            ),
            models.Index(
                fields=["code"],
                condition=models.Q(origin="site"),
                name="customer_typed_in",
            ),
            models.Index(
                fields=["merged_into"],
                condition=models.Q(merged_into__isnull=False),
                name="customer_merged",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner_title(self) -> str:
        """Who looks after the customer: a user of the site, else the name in the data."""
        return self.owner.display_name if self.owner else self.owner_name

    @property
    def standing_title(self) -> str:
        """Where it stands, in words."""
        return str(Standing(self.standing).label)

    @property
    def current(self) -> bool:
        """Whether it is neither archived nor merged."""
        return self.standing in CURRENT

    @property
    def figures_as_of(self) -> date | None:
        """The date up to which the figures count; None where no run has brought any."""
        return figures_day() if self.in_facts else self.figures_until

    @property
    def recency(self) -> int | None:
        """Days since the last purchase; None where that is longer than twelve months ago."""
        day, last = self.figures_as_of, self.last_order_on
        if day is None or last is None or last < year_before(day):
            return None
        return (day - last).days


class FiguresDay(models.Model):
    """The day as of which the figures of all customers in the facts are; one row, or none."""

    as_of = models.DateField()

    def __str__(self) -> str:
        return str(self.as_of)


def _figures_day() -> date | None:
    days = FiguresDay.objects.values_list("as_of", flat=True)
    return remembered(days, "figures as of", days.first)


figures_day = PerRequest(_figures_day, reading=True)
"""The day of `FiguresDay`; None before the first run."""


class FieldEdit(models.Model):
    """A field of a customer that a person wrote; it stands until the person's choice is another.

    Values are texts, empty for none: dates as 2026-01-31, money with two places, an owner by the
    number of the user.

    Attributes:
        value: what the person wrote; the customer's row has it, too.
        base: what imports brought when it was written; they may bring it again in silence.
        incoming: what imports bring now, where that is neither; None while nothing is to choose.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="edits")
    field = models.CharField(max_length=40)
    value = models.TextField(blank=True)
    base = models.TextField(blank=True)
    incoming = models.TextField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("edited field")
        verbose_name_plural = _("edited fields")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "field"], name="one_edit_a_field")
        ]
        indexes = [
            models.Index(
                fields=["customer"],
                condition=models.Q(incoming__isnull=False),
                name="edit_to_choose",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.field}"


class Collaborator(models.Model):
    """Somebody besides the owner who sees a customer, and with `write` may change it."""

    class Access(models.TextChoices):
        READ = "read", _("may read")
        WRITE = "write", _("may read and write")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="collaborators")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collaborations"
    )
    access = models.CharField(_("access"), max_length=5, choices=Access, default=Access.READ)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("collaborator")
        verbose_name_plural = _("collaborators")
        ordering = ["user__username"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "user"], name="one_collaboration_each")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.customer}"
