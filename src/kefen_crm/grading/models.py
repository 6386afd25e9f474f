from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

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
    def classes(self) -> list[GradeClass]:
        """The classes of the current version, best first."""
        return self.current.classes if self.current else []


class SchemeVersion(models.Model):
    """One published wording of a scheme. It is never changed afterwards."""

    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    document = models.JSONField(_("document"))
    # Best first, as [{"key": …, "title": {"zh": …, "en": …}}].
    class_list = models.JSONField(_("classes"), default=list)
    digest = models.CharField(max_length=64)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published"), auto_now_add=True)

    class Meta:
        verbose_name = _("scheme version")
        verbose_name_plural = _("scheme versions")
        ordering = ["scheme", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="scheme_version_number")
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

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


class Run(models.Model):
    """One application of a scheme version to the ledger as of a date."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        FAILED = "failed", _("Failed")

    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="runs")
    engine_id = models.CharField(max_length=80, blank=True, db_index=True)
    as_of = models.DateField(_("as of"), null=True)
    ledger_version = models.PositiveIntegerField(null=True)
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.QUEUED, db_index=True
    )
    progress = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=list, blank=True)
    standard = models.JSONField(default=dict, blank=True)
    duration = models.FloatField(_("duration"), null=True, help_text=_("seconds"))
    reason = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(_("created"), auto_now_add=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-created", "-id"]
        indexes = [models.Index(fields=["version", "-as_of"], name="run_by_version")]

    def __str__(self) -> str:
        return f"{self.version} · {self.as_of}"

    @property
    def scheme(self) -> Scheme:
        return self.version.scheme

    @property
    def busy(self) -> bool:
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}


class CustomerClass(models.Model):
    """The class a customer has now in a scheme; `class_key` is null while unrated.

    `previous_key` is the class in `previous_run`; no `previous_run` means newly graded.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="classes"
    )
    scheme = models.ForeignKey(Scheme, on_delete=models.CASCADE, related_name="customer_classes")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="customer_classes")
    class_key = models.CharField(_("class"), max_length=80, null=True)
    score = models.FloatField(_("score"), null=True)
    detail = models.JSONField(default=dict, blank=True)
    previous_run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    previous_key = models.CharField(max_length=80, null=True)

    class Meta:
        verbose_name = _("class of a customer")
        verbose_name_plural = _("classes of customers")
        constraints = [
            models.UniqueConstraint(fields=["customer", "scheme"], name="one_class_per_scheme")
        ]
        indexes = [
            models.Index(fields=["scheme", "class_key"], name="class_by_scheme"),
            models.Index(fields=["scheme", "score"], name="class_by_score"),
            models.Index(fields=["scheme", "previous_key", "class_key"], name="class_by_move"),
        ]

    def __str__(self) -> str:
        return self.class_key or "–"
