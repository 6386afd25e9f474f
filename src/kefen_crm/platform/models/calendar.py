"""When the company works: the hours of each weekday, and the days that differ."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class WorkPattern(models.Model):
    """The working hours of a weekday, 0 being Monday; none for a day off.

    `intervals` are pairs of minutes since midnight, in order: `[[540, 720], [780, 1080]]` is 9:00
    to 12:00 and 13:00 to 18:00.
    """

    weekday = models.PositiveSmallIntegerField(_("weekday"), primary_key=True)
    intervals = models.JSONField(_("working hours"), default=list, blank=True)

    class Meta:
        verbose_name = _("working hours of a weekday")
        verbose_name_plural = _("working hours")
        ordering = ["weekday"]

    def __str__(self) -> str:
        return f"{self.weekday}: {self.intervals}"


class CalendarDay(models.Model):
    """A day that is worked or off whatever its weekday.

    What a person set goes before what public holidays say. `provisional` is a public holiday of a
    year whose days off and make-up working days are not announced yet.
    """

    class Kind(models.TextChoices):
        WORK = "work", _("Working day")
        OFF = "off", _("Day off")

    class Source(models.TextChoices):
        HOLIDAYS = "holidays", _("Public holidays")
        PERSON = "person", _("Set by a person")

    date = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    source = models.CharField(_("source"), max_length=8, choices=Source)
    provisional = models.BooleanField(_("provisional"), default=False)

    class Meta:
        verbose_name = _("day that differs")
        verbose_name_plural = _("days that differ")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["date", "source"], name="calendar_day_once_a_source")
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
