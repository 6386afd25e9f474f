from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

if TYPE_CHECKING:
    from kefen_crm.grading.models.schedules import Schedule

scheme_name = RegexValidator(r"^[a-z0-9][a-z0-9_-]*\Z", _("Use a–z, 0–9, - and _ only."))


def in_language(text: dict[str, str] | str | None, fallback: str = "") -> str:
    """The wording of `{"zh": …, "en": …}` in the language of this request."""
    if not text:
        return fallback
    if isinstance(text, str):
        return text
    wanted = "zh" if (get_language() or "").startswith("zh") else "en"
    return text.get(wanted) or next(iter(text.values()), fallback)


@dataclass(frozen=True)
class GradeClass:
    """One class of a scheme; `number` is its place from best (1), which gives its colour."""

    key: str
    title: str
    number: int


class Scheme(models.Model):
    """A classification scheme by its lasting name; what it says is in its versions."""

    name = models.CharField(_("name"), max_length=80, unique=True, validators=[scheme_name])
    current = models.ForeignKey(
        "SchemeVersion",
        verbose_name=_("current version"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    position = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("scheme")
        verbose_name_plural = _("schemes")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.current.title if self.current else self.name

    @property
    def appointed(self) -> Schedule | None:
        """When it is run by itself, if somebody has said so."""
        return getattr(self, "schedule", None)

    @property
    def classes(self) -> list[GradeClass]:
        """The classes of the current version, best first."""
        return self.current.classes if self.current else []


class SchemeVersion(models.Model):
    """One wording of a scheme. What it says is never changed afterwards.

    Published wordings have a number; one without is of a draft that was tried by a shadow run.
    """

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"), null=True)
    document = models.JSONField(_("document"))
    # Best first, as [{"key": …, "title": {"zh": …, "en": …}}].
    class_list = models.JSONField(_("classes"), default=list)
    digest = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published"), null=True)
    # The version whose content was taken up again, if this one rolled back.
    restores = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    draft = models.ForeignKey(
        "Draft", on_delete=models.SET_NULL, null=True, related_name="wordings"
    )

    class Meta:
        verbose_name = _("scheme version")
        verbose_name_plural = _("scheme versions")
        ordering = ["scheme", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="scheme_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}" if self.number else self.title

    @property
    def title(self) -> str:
        return in_language(self.document.get("title"), str(self.document.get("name", "")))

    @property
    def method(self) -> str:
        return str(self.document.get("method", ""))

    @property
    def classes(self) -> list[GradeClass]:
        listed: list[dict[str, Any]] = self.class_list or self.document.get("classes") or []
        return [
            GradeClass(str(one["key"]), in_language(one.get("title"), str(one["key"])), number)
            for number, one in enumerate(listed, start=1)
        ]


class Draft(models.Model):
    """A sound wording that is being worked on; `base` was the current version when it began."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="drafts")
    base = models.ForeignKey(SchemeVersion, on_delete=models.SET_NULL, null=True, related_name="+")
    document = models.JSONField(_("document"))
    class_list = models.JSONField(_("classes"), default=list)
    digest = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    updated = models.DateTimeField(_("changed"), auto_now=True)
    history = HistoricalRecords(excluded_fields=["class_list"])

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        ordering = ["-updated", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_language(self.document.get("title"), str(self.document.get("name", "")))

    @property
    def method(self) -> str:
        return str(self.document.get("method", ""))

    @property
    def overtaken(self) -> bool:
        """Whether another version was published since the draft began."""
        return self.base_id != self.scheme.current_id
