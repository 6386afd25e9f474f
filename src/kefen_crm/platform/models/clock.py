"""What the clock has done, and what it did to whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Tick(models.Model):
    """One day's turn of a clock job; `slot` is the half hour of a job that has one each.

    A turn that failed or waits for a decision is not done, and is tried again.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        COVERED = "covered", _("Done with a later day, as of then")
        MISSED = "missed", _("Missed: too late to remind")

    job = models.CharField(max_length=80)
    day = models.DateField()
    slot = models.PositiveSmallIntegerField(default=0)
    opened_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-day", "-slot", "job"]
        constraints = [
            models.UniqueConstraint(fields=["job", "day", "slot"], name="tick_once_a_day")
        ]
        indexes = [
            models.Index(
                fields=["job", "day"], condition=models.Q(done_at=None), name="tick_not_done"
            )
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.day}"


class Effect(models.Model):
    """Something that a rule did to a target for one occurrence, in the transaction that did it.

    `target` is a type and a key, such as `customer:42`, never a name; `occurrence` tells one time
    from the next, such as the day a gap began. `missed` was noted and not done: it was too late.
    """

    rule = models.CharField(max_length=80)
    target = models.CharField(max_length=80)
    occurrence = models.CharField(max_length=80)
    missed = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "target", "occurrence"], name="effect_once_an_occurrence"
            )
        ]
        indexes = [models.Index(fields=["target"], name="effect_of_target")]

    def __str__(self) -> str:
        return f"{self.rule} {self.target} {self.occurrence}"


class Confirmation(models.Model):
    """A rule was about to touch many on a day: it stopped, and asks whether to go on."""

    class Decision(models.TextChoices):
        GO_ON = "go", _("Go on")
        NOT_TODAY = "not", _("Not today")

    job = models.CharField(max_length=80)
    rule = models.CharField(max_length=80)
    day = models.DateField()
    touching = models.PositiveIntegerField()
    population = models.PositiveIntegerField()
    decision = models.CharField(max_length=3, choices=Decision, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-day", "rule"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "day"], name="confirmation_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.day}: {self.touching}/{self.population}"
