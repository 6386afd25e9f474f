"""Fields that the company defines, their values, and which fields customers of a class need."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Left
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

INDEXED = 60
"""Characters of a value by which it is found."""
EVERYBODY = "*"
"""In `required`: customers of every class, and those of none."""


class CustomField(models.Model):
    """A field of the customer's file that the company defined.

    Attributes:
        key: what programs call it.
        attribute: what it is called among a customer's other attributes in the ledger, for
            schemes; it stays when the names change.
        choices: of a choice, each as `{"value", "zh", "en"}`.
        required: classes whose customers need it, as `abc:A`; `EVERYBODY` for all customers.
        retired: nobody writes it any more; what was written is kept.
    """

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        NUMBER = "number", _("number")
        MONEY = "money", _("money")
        DATE = "date", _("date")
        CHOICE = "choice", _("one choice")
        SEVERAL = "several", _("several choices")
        YES_NO = "yes_no", _("yes or no")

    key = models.SlugField(_("key"), max_length=40, unique=True)
    attribute = models.CharField(_("attribute"), max_length=60, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=60, blank=True)
    name_en = models.CharField(_("English name"), max_length=60, blank=True)
    kind = models.CharField(_("type"), max_length=7, choices=Kind)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    required = models.JSONField(_("required of"), default=list, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    retired = models.BooleanField(_("retired"), default=False)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("custom field")
        verbose_name_plural = _("custom fields")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What it is called in the language of whoever reads."""
        chinese = (get_language() or "").startswith("zh")
        names = (self.name_zh, self.name_en) if chinese else (self.name_en, self.name_zh)
        return names[0] or names[1]

    @property
    def headings(self) -> list[str]:
        """The headings of files, and attributes of the ledger, that are this field."""
        found = (self.attribute, self.name_zh, self.name_en, self.key)
        return list(dict.fromkeys(one for one in found if one))

    @property
    def has_choices(self) -> bool:
        return self.kind in (self.Kind.CHOICE, self.Kind.SEVERAL)

    def titles(self) -> dict[str, str]:
        """What each choice is called in the language of whoever reads, by its value."""
        chinese = (get_language() or "").startswith("zh")
        names = ("zh", "en") if chinese else ("en", "zh")
        return {
            one["value"]: one.get(names[0]) or one.get(names[1]) or one["value"]
            for one in self.choices
        }

    def values(self) -> dict[str, Any]:
        """What events tell of it."""
        names = ("name_zh", "name_en", "kind", "choices", "required", "position", "retired")
        return {name: getattr(self, name) for name in names}


class FieldValue(models.Model):
    """What a customer's custom field holds: what a person wrote, else what imports bring.

    Attributes:
        value: as a text, see `values.py`; empty where what imports bring does not fit the type.
        written: a person wrote it, so that imports leave it alone.
        base: what imports brought, as they did; of a written one, when it was written.
        incoming: what imports bring now instead of what was written, as a text; None while
            nothing is to choose.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="custom_values"
    )
    field = models.ForeignKey(CustomField, on_delete=models.PROTECT, related_name="held")
    value = models.TextField(_("value"), blank=True)
    written = models.BooleanField(default=False)
    base = models.TextField(blank=True)
    incoming = models.TextField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("value of a custom field")
        verbose_name_plural = _("values of custom fields")
        constraints = [
            models.UniqueConstraint(fields=["customer", "field"], name="one_value_a_custom_field")
        ]
        indexes = [models.Index("field", Left("value", INDEXED), name="custom_value_found")]

    def __str__(self) -> str:
        return f"{self.customer}: {self.field}"


class Requirement(models.Model):
    """Whose file needs one of the customer's own fields; `classes` as `CustomField.required`."""

    name = models.CharField(max_length=40, unique=True)
    classes = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("required field")
        verbose_name_plural = _("required fields")

    def __str__(self) -> str:
        return self.name
