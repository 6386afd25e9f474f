"""Texts that tickets are answered with again and again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kefen_crm.tickets.kinds import TicketKind


class ReplyTemplate(models.Model):
    """A text with fields that is offered where a ticket is answered.

    Attributes:
        kind, product, class_key: of which tickets it is offered; empty for all. The class is of
            the leading scheme.
        active: whether it is offered.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    body_zh = models.TextField(_("text, Chinese"), max_length=4_000, blank=True)
    body_en = models.TextField(_("text, English"), max_length=4_000, blank=True)
    kind = models.CharField(_("kind of ticket"), max_length=10, blank=True, choices=TicketKind)
    product = models.CharField(_("product"), max_length=120, blank=True)
    class_key = models.CharField(_("class"), max_length=80, blank=True)
    active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def of(self, language: str) -> str:
        """The text in a language; empty where there is none."""
        return self.body_zh if language == "zh" else self.body_en
