from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class SavedPlan(models.Model):
    """Where hours and money go in a year, by class; it does not change once it is made.

    Attributes:
        source: whether what steps bring is stated by a person or measured by a campaign.
        hours, money: what there is; None for no limit.
        about: what was stated by class, or the `campaign` and its `minutes` for a customer.
        classes: `key`, `title`, `customers` and promised `hours` of each class of then.
        result: the plan as the engine told it.
    """

    class Source(models.TextChoices):
        STATED = "stated", _("stated assumptions")
        MEASURED = "measured", _("measured by a campaign")

    name = models.CharField(_("name"), max_length=80)
    source = models.CharField(_("known from"), max_length=8, choices=Source)
    hours = models.FloatField(_("hours"), null=True)
    money = models.FloatField(_("money"), null=True)
    about = models.JSONField(default=dict)
    classes = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    ledger_version = models.PositiveIntegerField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("planning:plan", args=[self.pk])

    @property
    def rows(self) -> list[dict[str, object]]:
        """Each class with what it is given."""
        groups = {one["group"]: one for one in self.result.get("groups", ())}
        return [one | groups[one["key"]] for one in self.classes if one["key"] in groups]
