"""The stages of the pipeline, opportunities, and each step of their history."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from datetime import date, datetime

    from kefen_crm.platform.parts import Text

TITLES: Final[dict[str, Text]] = {
    "contact": pgettext_lazy("stage", "First contact"),
    "need": pgettext_lazy("stage", "Need confirmed"),
    "offer": pgettext_lazy("stage", "Offer made"),
    "negotiation": pgettext_lazy("stage", "Negotiation"),
    "approval": pgettext_lazy("stage", "Contract in approval"),
}
"""What the stages of a new company are called until somebody names them otherwise."""
GATES: Final[dict[str, Text]] = {
    "amount": _("amount"),
    "close_on": _("expected on"),
    "need": _("what the customer needs"),
    "contact": _("who decides"),
    "products": _("products"),
    "competitor": _("competitor"),
    "next_step": _("next step"),
}
"""What can be asked for before a stage: a field of the opportunity, in words."""


class Stage(models.Model):
    """A stage that opportunities go through on their way to an order.

    Attributes:
        key: what programs call it.
        name: what the company calls it; empty for the name in `TITLES`.
        probability: percent of the opportunities of this stage that are won, as the company says;
            history replaces it once there is enough.
        rot_days: days without movement after which an opportunity of this stage rots; None never.
        gates: what has to be known before this stage, by the keys of `GATES`.
        used: whether opportunities may enter it.
    """

    key = models.CharField(max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    probability = models.PositiveSmallIntegerField(_("probability in percent"), default=50)
    rot_days = models.PositiveSmallIntegerField(
        _("rots after so many days without movement"), null=True, blank=True
    )
    gates = models.JSONField(_("known before"), default=list, blank=True)
    used = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(probability__lte=100), name="stage_probability_within_100"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """Its name, in the language of whoever reads where the company gave it none."""
        return self.name or str(TITLES.get(self.key, self.key))


class Reason(models.TextChoices):
    """Why an opportunity was won or lost."""

    PRICE = "price", pgettext_lazy("why won or lost", "price")
    PRODUCT = "product", pgettext_lazy("why won or lost", "product and quality")
    DELIVERY = "delivery", pgettext_lazy("why won or lost", "delivery time")
    SERVICE = "service", pgettext_lazy("why won or lost", "service")
    RELATION = "relation", pgettext_lazy("why won or lost", "relation to the customer")
    TERMS = "terms", pgettext_lazy("why won or lost", "terms of payment")
    NEED = "need", pgettext_lazy("why won or lost", "the need went away")
    SILENCE = "silence", pgettext_lazy("why won or lost", "no answer any more")
    OTHER = "other", pgettext_lazy("why won or lost", "something else")


class Opportunity(models.Model):
    """Something that a customer may buy.

    Attributes:
        amount: what it may bring, in the base currency; of its products where these have prices.
        close_on: when the order is expected.
        contact: who decides, in words.
        products: what would be bought: `product`, `quantity` and `price`, the numbers as text.
        waiting_until, waiting_for: the customer's own steps, such as an approval: until then it
            does not rot.
        moved_at: when somebody last did anything about it.
        reason, note: why it was won or lost, and more in words.
        closed_on: the day on which it was.
        order: the number of the order that was noted for it.
        source: what it came from, such as the number of a lead.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("opportunity", "open")
        WON = "won", pgettext_lazy("opportunity", "won")
        LOST = "lost", pgettext_lazy("opportunity", "lost")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="opportunities",
    )
    title = models.CharField(_("what it is about"), max_length=200)
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    close_on = models.DateField(_("expected on"), null=True, blank=True)
    stage = models.ForeignKey(
        Stage, verbose_name=_("stage"), on_delete=models.PROTECT, related_name="opportunities"
    )
    state = models.CharField(_("state"), max_length=4, choices=State, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("whose"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="opportunities",
    )
    contact = models.CharField(_("who decides"), max_length=120, blank=True)
    need = models.CharField(_("what the customer needs"), max_length=500, blank=True)
    competitor = models.CharField(_("competitor"), max_length=120, blank=True)
    products = models.JSONField(_("products"), default=list, blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    waiting_until = models.DateField(_("the customer decides until"), null=True, blank=True)
    waiting_for = models.CharField(
        _("what the customer does until then"), max_length=200, blank=True
    )
    opened_at = models.DateTimeField(_("opened"))
    moved_at = models.DateTimeField(_("last movement"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    reason = models.CharField(_("why"), max_length=10, choices=Reason, blank=True)
    note = models.CharField(_("more about it"), max_length=500, blank=True)
    order = models.CharField(max_length=40, blank=True, editable=False)
    source = models.CharField(max_length=80, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("opportunity")
        verbose_name_plural = _("opportunities")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["customer", "state"], name="opportunity_of_customer"),
            models.Index(fields=["owner", "state"], name="opportunity_of_owner"),
            models.Index(
                fields=["stage"], condition=models.Q(state="open"), name="opportunity_open"
            ),
            models.Index(fields=["-closed_on"], name="opportunity_closed"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def number(self) -> str:
        return f"O-{self.pk:06d}"

    @property
    def open(self) -> bool:
        return self.state == self.State.OPEN

    rots = False
    """Whether it is rotten, where a page has looked."""

    def rotten(self, now: datetime, today: date) -> bool:
        """Whether nothing moved for longer than its stage allows, and nobody waits."""
        if not self.open or self.stage.rot_days is None:
            return False
        if self.waiting_until and self.waiting_until >= today:
            return False
        return (now - self.moved_at).days > self.stage.rot_days

    @property
    def sum_of_products(self) -> Decimal | None:
        """Quantity by price of all products; None unless each has both."""
        lines: list[dict[str, Any]] = self.products
        if not lines or not all(one.get("price") for one in lines):
            return None
        return sum((Decimal(one["quantity"]) * Decimal(one["price"]) for one in lines), Decimal(0))


class StageMove(models.Model):
    """How an opportunity was from a moment on; one is written with each change of these.

    So what was forecast on an earlier day can be worked out again. Rows are never changed.
    """

    opportunity = models.ForeignKey(Opportunity, on_delete=models.PROTECT, related_name="moves")
    at = models.DateTimeField()
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=4, choices=Opportunity.State)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True)
    close_on = models.DateField(null=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("step of an opportunity")
        verbose_name_plural = _("steps of opportunities")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["opportunity", "at"], name="move_of_opportunity")]

    def __str__(self) -> str:
        return f"{self.stage} · {self.get_state_display()}"
