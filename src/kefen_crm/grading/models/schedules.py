from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class Schedule(models.Model):
    """When a scheme is run by itself, in the business time zone.

    `reached` is the last appointed moment that was seen to. A scheme without a schedule is run
    after imports, and else when asked.
    """

    class Rhythm(models.TextChoices):
        NEVER = "never", _("Only when asked")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    scheme = models.OneToOneField("Scheme", on_delete=models.CASCADE, related_name="schedule")
    rhythm = models.CharField(
        _("run by itself"), max_length=7, choices=Rhythm, default=Rhythm.NEVER
    )
    hour = models.PositiveSmallIntegerField(
        _("at what hour"), default=2, validators=[MaxValueValidator(23)]
    )
    weekday = models.PositiveSmallIntegerField(
        _("on which day"), choices=Weekday, default=Weekday.MONDAY
    )
    day = models.PositiveSmallIntegerField(
        _("on which day of the month"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("In a shorter month, its last day."),
    )
    on_import = models.BooleanField(_("also after every import"), default=True)
    reached = models.DateTimeField(null=True, editable=False)
    history = HistoricalRecords(excluded_fields=["reached"])

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")

    def __str__(self) -> str:
        return f"{self.scheme}: {self.get_rhythm_display()}"
