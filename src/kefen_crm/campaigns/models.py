from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.outreach.models import Why

if TYPE_CHECKING:
    from datetime import date


class Campaign(models.Model):
    """What is done with many customers over some days, and what it changed.

    Attributes:
        query: the address of the customer list whose customers are the audience.
        holdout: percent of the customers that are left alone.
        holdout_reason: why nobody is left alone, where `holdout` is 0.
        everybody_reason: why those are reached, too, whom outreach leaves alone all year; empty
            where they are left out.
        steps: each with `day`, counted from the start, and `kind`: `message` with a `template`,
            or `task` with a `task` kind and a `title`.
        prefix: how coupon codes begin; empty for none.
        cost: what it costs in all besides messages, `each` what a message costs.
        horizon: days from the start on in which sales count.
        salt: with it customers are drawn.
        classes: the classes that the result is told by, as `key`, `title`, `scheme`, best first.
        progress: by the number of a step its last customer, a `Member`, that it was done for.
        counts: how many were drawn, and why others of the list were left out.
        result: what the sales said last; `measured_at` when.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        FROZEN = "frozen", _("drawn")
        RUNNING = "running", pgettext_lazy("campaign", "running")
        ENDED = "ended", _("ended")
        STOPPED = "stopped", _("stopped")

    ALIVE: Final = (State.FROZEN, State.RUNNING)

    name = models.CharField(_("name"), max_length=80)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.DRAFT)
    query = models.TextField(_("audience"), blank=True)
    language = models.CharField(_("language"), max_length=2, default="zh")
    holdout = models.PositiveSmallIntegerField(
        _("left alone, percent"), default=10, validators=[MaxValueValidator(90)]
    )
    holdout_reason = models.CharField(_("why nobody is left alone"), max_length=200, blank=True)
    everybody_reason = models.CharField(
        _("why those are reached, too, whom outreach leaves alone all year"),
        max_length=200,
        blank=True,
    )
    steps = models.JSONField(_("steps"), default=list)
    prefix = models.CharField(_("coupon codes begin with"), max_length=10, blank=True)
    cost = models.DecimalField(
        _("cost in all"),
        max_digits=14,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    each = models.DecimalField(
        _("cost of a message"),
        max_digits=8,
        decimal_places=3,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )
    horizon = models.PositiveSmallIntegerField(
        _("days in which sales count"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
    )
    salt = models.CharField(max_length=32, blank=True)
    classes = models.JSONField(default=list, blank=True)
    progress = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    frozen_at = models.DateTimeField(_("drawn"), null=True)
    started_on = models.DateField(_("started"), null=True)
    ended_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict, blank=True)
    measured_at = models.DateTimeField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="campaigns",
    )
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("campaigns:campaign", args=[self.pk])

    @property
    def ends_on(self) -> date | None:
        """The day after the last whose sales count."""
        return self.started_on + timedelta(days=self.horizon) if self.started_on else None

    @property
    def tone(self) -> str:
        """The colour of its state."""
        return {"running": "green", "frozen": "blue", "stopped": "red"}.get(self.state, "secondary")

    def said(self) -> dict[str, Any]:
        """What an event says of it."""
        return {
            "name": self.name,
            "state": self.state,
            "query": self.query,
            "holdout": self.holdout,
            "everybody_reason": self.everybody_reason,
            "steps": self.steps,
            "horizon": self.horizon,
        }


class Member(models.Model):
    """A customer of a campaign, drawn to be treated or to be left alone; it never changes.

    Attributes:
        stratum: the class and the owner within which the customer was drawn.
        class_key: the class on that day; empty for none.
        past: sales over the window of the customer's figures on that day.
        coupon: the code of the customer's coupon; `used_on` when it was given in.
    """

    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="members", db_index=False
    )
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="campaign_members"
    )
    treated = models.BooleanField()
    stratum = models.CharField(max_length=120)
    class_key = models.CharField(max_length=80, blank=True)
    past = models.DecimalField(max_digits=18, decimal_places=2, default=Decimal(0))
    coupon = models.CharField(max_length=24, blank=True)
    used_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("customer of a campaign")
        verbose_name_plural = _("customers of campaigns")
        indexes = [
            models.Index(
                fields=["campaign", "id"],
                condition=models.Q(treated=True),
                name="treated_of_campaign",
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=["campaign", "customer"], name="once_in_a_campaign"),
            models.UniqueConstraint(
                fields=["coupon"], condition=~models.Q(coupon=""), name="one_coupon_a_code"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.campaign} · {self.customer_id}"


class Touch(models.Model):
    """A step of a campaign for one of its treated customers: a message, a task, or why neither."""

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="touches", db_index=False
    )
    step = models.PositiveSmallIntegerField()
    message = models.ForeignKey(
        "outreach.Message", on_delete=models.PROTECT, null=True, related_name="+"
    )
    task = models.ForeignKey(
        "activities.Task", on_delete=models.PROTECT, null=True, related_name="+"
    )
    why = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("step of a campaign with a customer")
        verbose_name_plural = _("steps of campaigns with customers")
        constraints = [models.UniqueConstraint(fields=["member", "step"], name="one_touch_a_step")]

    def __str__(self) -> str:
        return f"{self.member} · {self.step}"

    @property
    def reason(self) -> str:
        """Why neither was made, in words."""
        return str(Why(self.why).label) if self.why in Why.values else self.why
