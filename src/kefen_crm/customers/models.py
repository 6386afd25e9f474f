from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

FIGURES = [
    "sales",
    "profit",
    "orders",
    "first_order_on",
    "last_order_on",
    "recency",
    "figures_as_of",
    "initials",
    "pinyin",
    "search",
    "updated",
]


class Customer(models.Model):
    """A customer as people see, search and filter it; the facts themselves are in the ledger.

    Figures (`sales` … `figures_as_of`) are copied from the last run: money over its window.
    """

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
    )
    owner_name = models.CharField(_("owner in the data"), max_length=120, blank=True)
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)

    sales = models.DecimalField(_("sales"), max_digits=18, decimal_places=2, null=True)
    profit = models.DecimalField(_("profit"), max_digits=18, decimal_places=2, null=True)
    orders = models.IntegerField(_("orders"), null=True)
    recency = models.IntegerField(_("days since last purchase"), null=True)
    first_order_on = models.DateField(_("first purchase"), null=True)
    last_order_on = models.DateField(_("last purchase"), null=True)
    figures_as_of = models.DateField(_("figures as of"), null=True, db_index=True)

    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    history = HistoricalRecords(excluded_fields=FIGURES)

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = [models.F("sales").desc(nulls_last=True), "code"]
        indexes = [
            models.Index(models.F("sales").desc(nulls_last=True), "code", name="customer_by_sales"),
            models.Index(
                models.F("last_order_on").desc(nulls_last=True), "code", name="customer_by_last"
            ),
            models.Index("first_order_on", name="customer_by_first"),
            models.Index("name", "code", name="customer_by_name"),
            models.Index("region", name="customer_by_region"),
            models.Index("industry", name="customer_by_industry"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def owner_title(self) -> str:
        """Who looks after the customer: a user of the site, else the name in the data."""
        return self.owner.display_name if self.owner else self.owner_name
