from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Tag(models.Model):
    """A word that people put on customers."""

    class Colour(models.TextChoices):
        BLUE = "blue", _("blue")
        GREEN = "green", _("green")
        ORANGE = "orange", _("orange")
        RED = "red", _("red")
        PURPLE = "purple", _("purple")
        TEAL = "teal", _("teal")
        YELLOW = "yellow", _("yellow")
        SECONDARY = "secondary", _("grey")

    name = models.CharField(_("name"), max_length=40)
    colour = models.CharField(_("colour"), max_length=9, choices=Colour, default=Colour.BLUE)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="tag_named_once")]

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    """A tag on a customer."""

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="taggings"
    )
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("tag of a customer")
        verbose_name_plural = _("tags of customers")
        ordering = ["tag__name"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "tag"], name="tagged_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} {self.customer_id}"
