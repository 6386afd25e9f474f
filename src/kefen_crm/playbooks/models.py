"""Who has how many hours, what customers are promised, and what was spent on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from decimal import Decimal


class Staff(models.Model):
    """How much of a person's week is for customers, and how many customers that person has at most.

    Attributes:
        share: percent of the hours that are for customers, after meetings, roads and paper.
        ceiling: 0 for none.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.CASCADE,
        related_name="staffing",
    )
    hours_week = models.DecimalField(
        _("hours a week"),
        max_digits=4,
        decimal_places=1,
        default=40,
        validators=[MinValueValidator(0), MaxValueValidator(80)],
    )
    share = models.PositiveSmallIntegerField(
        _("of it for customers, in percent"), default=60, validators=[MaxValueValidator(100)]
    )
    ceiling = models.PositiveIntegerField(
        _("customers at most"), default=0, validators=[MaxValueValidator(1_000_000)]
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("working time for customers")
        verbose_name_plural = _("working times for customers")

    def __str__(self) -> str:
        return str(self.user)


class Commitment(models.Model):
    """What a customer is promised a year, by which wording of which playbook, and since when.

    `until` is the first day on which it holds no more; there is one open row at most.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="commitments"
    )
    wording = models.PositiveIntegerField(_("version"))
    rule = models.CharField(_("playbook"), max_length=80)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True)
    hours = models.PositiveIntegerField(default=0)
    visits = models.PositiveIntegerField(default=0)
    budget = models.PositiveBigIntegerField(default=0)
    support = models.PositiveIntegerField(default=0)
    training = models.PositiveIntegerField(default=0)
    customising = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=models.Q(until=None), name="commitment_one_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["rule"],
                include=["customer"],
                condition=models.Q(until=None),
                name="commitment_by_rule",
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.rule} v{self.wording}"


class LivePlay(models.Model):
    """A play that began when a customer moved between runs, and how long that took.

    Attributes:
        run: the run in force then; the next one says whether the customer moved.
        facts: when the facts came in that moved the customer.
        classed: when the customer had its new class.
        held: what the next run said of the move; None until there is one.
    """

    task = models.OneToOneField(
        "activities.Task", on_delete=models.CASCADE, related_name="live_play"
    )
    scheme = models.ForeignKey("grading.Scheme", on_delete=models.CASCADE, related_name="+")
    run = models.ForeignKey("grading.Run", on_delete=models.CASCADE, related_name="+")
    facts = models.DateTimeField(_("facts"), null=True)
    classed = models.DateTimeField(_("class"))
    planned = models.DateTimeField(_("task"), default=timezone.now)
    held = models.BooleanField(_("the next run said the same"), null=True)

    class Meta:
        verbose_name = _("play between runs")
        verbose_name_plural = _("plays between runs")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["scheme"], condition=models.Q(held=None), name="live_play_waiting")
        ]

    def __str__(self) -> str:
        return str(self.task)

    @property
    def seconds(self) -> float | None:
        """From the facts to the task."""
        return (self.planned - self.facts).total_seconds() if self.facts else None


class PlayTrial(models.Model):
    """A customer of a play that leaves one in ten out, drawn to be left out or not.

    Attributes:
        occurrence: the move, as of the task.
        class_key: the class that it moved to, within which was drawn.
        past: sales over the window of the customer's figures on that day.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="play_trials"
    )
    play = models.CharField(max_length=10)
    rule = models.CharField(_("playbook"), max_length=80)
    class_key = models.CharField(max_length=80, blank=True)
    occurrence = models.CharField(max_length=80)
    on = models.DateField(_("on"))
    withheld = models.BooleanField(_("left out"))
    past = models.DecimalField(max_digits=18, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("customer of a play's trial")
        verbose_name_plural = _("customers of plays' trials")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "play", "occurrence"], name="play_trial_once"
            )
        ]
        indexes = [models.Index(fields=["play", "occurrence"], name="play_trial_of_move")]

    def __str__(self) -> str:
        return f"{self.play} · {self.customer_id}"


class PlayOutcome(models.Model):
    """What a play of a playbook brought, against the customers that it left out."""

    play = models.CharField(max_length=10)
    rule = models.CharField(_("playbook"), max_length=80)
    result = models.JSONField(default=dict)
    measured_at = models.DateTimeField()

    class Meta:
        verbose_name = _("outcome of a play")
        verbose_name_plural = _("outcomes of plays")
        ordering = ["rule", "play"]
        constraints = [models.UniqueConstraint(fields=["play", "rule"], name="play_outcome_once")]

    def __str__(self) -> str:
        return f"{self.rule} · {self.play}"


class Spend(models.Model):
    """Something that was spent on a customer besides conversations, which are logged as such."""

    class Kind(models.TextChoices):
        SUPPORT = "support", _("Technical support")
        TRAINING = "training", _("Training")
        CUSTOMISING = "customising", _("Customising")
        GIFT = "gift", _("Gift")
        DISCOUNT = "discount", _("Discount")
        OTHER = "other", _("Other")

    class State(models.TextChoices):
        NOTED = "noted", _("noted")
        WITHDRAWN = "withdrawn", _("withdrawn")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="spends",
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    on = models.DateField(_("on"))
    hours = models.DecimalField(_("hours"), max_digits=7, decimal_places=2, default=0)
    money = models.DecimalField(_("money"), max_digits=18, decimal_places=2, default=0)
    text = models.TextField(_("what it was"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.NOTED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("spending on a customer")
        verbose_name_plural = _("spendings on customers")
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hours__gte=0, money__gte=0), name="spend_not_negative"
            )
        ]
        indexes = [models.Index(fields=["customer", "-on"], name="spend_of_customer")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.customer}"

    @property
    def in_force(self) -> bool:
        """Whether it was not withdrawn."""
        return self.state == self.State.NOTED

    @property
    def worth(self) -> Decimal:
        """What it took of the budget: a discount takes nothing of it."""
        return self.money * (self.kind != self.Kind.DISCOUNT)


class Reading(models.Model):
    """That somebody read how a play is done, in the wording of a digest."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="readings"
    )
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("confirmation of having read")
        verbose_name_plural = _("confirmations of having read")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.user} · {self.digest[:8]}"


class Target(models.Model):
    """What a person is to reach in a year with the customers of a playbook."""

    class Measure(models.TextChoices):
        VISITS = "visits", _("Visits")
        CONTACTS = "contacts", _("Contacts")
        HOURS = "hours", _("Hours")
        POINTS = "points", _("Incentive points")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        on_delete=models.CASCADE,
        related_name="playbook_targets",
    )
    rule = models.CharField(_("playbook"), max_length=80)
    measure = models.CharField(_("measure"), max_length=8, choices=Measure)
    year = models.PositiveSmallIntegerField(_("year"))
    amount = models.PositiveIntegerField(_("to reach"), validators=[MinValueValidator(1)])
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ["user", "rule", "measure"]
        constraints = [
            models.UniqueConstraint(fields=["user", "rule", "measure", "year"], name="target_once")
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.rule} · {self.get_measure_display()}"
