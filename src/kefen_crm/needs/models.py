"""What customers may need, and the talks in which they told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class Need(models.Model):
    """Something that customers need; the list is the company's own."""

    title_zh = models.CharField(_("need in Chinese"), max_length=60, unique=True)
    title_en = models.CharField(_("need in English"), max_length=60, unique=True)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ["title_zh"]

    def __str__(self) -> str:
        chinese = (translation.get_language() or "").startswith("zh")
        return self.title_zh if chinese else self.title_en


class Talk(models.Model):
    """An interview with a customer, or a focus group with several; needs are those of everybody.

    Attributes:
        leading: the need that matters most; a customer's latest talk with one says their demand
            type.
    """

    class Kind(models.TextChoices):
        INTERVIEW = "interview", _("interview")
        GROUP = "group", _("focus group")

    kind = models.CharField(_("kind"), max_length=9, choices=Kind, default=Kind.INTERVIEW)
    held_on = models.DateField(_("day"))
    text = models.TextField(_("what was said"), max_length=20_000)
    customers = models.ManyToManyField(
        "customers.Customer", through="Participant", related_name="research_talks"
    )
    needs = models.ManyToManyField(Need, related_name="talks")
    leading = models.ForeignKey(
        Need,
        verbose_name=_("leading need"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="led",
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("talk")
        verbose_name_plural = _("talks")
        ordering = ["-held_on", "-pk"]
        indexes = [models.Index(fields=["-held_on", "-id"], name="talk_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.held_on:%Y-%m-%d}"


class Participant(models.Model):
    """A customer who took part in a talk."""

    talk = models.ForeignKey(Talk, on_delete=models.CASCADE, related_name="participants")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="research_parts"
    )

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["talk", "customer"], name="participant_once")
        ]

    def __str__(self) -> str:
        return str(self.customer)
