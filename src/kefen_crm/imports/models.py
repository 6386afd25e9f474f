from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kefen_crm.platform.jobs import Job

CHECK, LAND, TAKE_BACK = "imports.check", "imports.land", "imports.take_back"
"""The tasks that check a file, land it and take an import back."""


class Import(Job):
    """One uploaded file on its way into the ledger, kept with its outcome."""

    class Status(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        CHECKING = "checking", _("Checking")
        CHECKED = "checked", _("Checked")
        COMMITTING = "committing", _("Importing")
        COMMITTED = "committed", _("Imported")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    TASKS: ClassVar[dict[str, str]] = {
        Status.CHECKING: CHECK,
        Status.COMMITTING: LAND,
        Status.UNDOING: TAKE_BACK,
    }
    BUSY = frozenset(TASKS)
    BROKEN = "import-broken"

    file = models.FileField(_("file"), upload_to="%Y/%m", max_length=300, blank=True)
    name = models.CharField(_("file name"), max_length=255)
    size = models.BigIntegerField(_("size"))
    kind = models.CharField(_("kind"), max_length=32, blank=True)
    sheet = models.CharField(_("sheet"), max_length=120, blank=True)
    mapping = models.JSONField(_("mapping"), default=dict, blank=True)
    # How the file is to be read, where the evidence is not to decide.
    options = models.JSONField(_("how to read it"), default=dict, blank=True)
    mends = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="mended_by"
    )
    status = models.CharField(
        _("status"), max_length=12, choices=Status, default=Status.UPLOADED, db_index=True
    )
    report = models.JSONField(default=dict, blank=True)
    batch_id = models.CharField(max_length=64, blank=True, db_index=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="imports"
    )
    history = HistoricalRecords(excluded_fields=["progress", "report"])

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-created", "-id"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("imports:detail", args=[self.pk])

    def place_in_queue(self) -> tuple[str, dict[str, Any]]:
        return self.TASKS[self.status], {"pk": self.pk}

    def status_after_failure(self) -> str:
        """What failed to land is failed; what failed to be taken back still stands."""
        undoing = self.status == self.Status.UNDOING
        return self.Status.COMMITTED if undoing else self.Status.FAILED

    @property
    def preview(self) -> dict[str, Any]:
        """How the file was understood; empty when it was not, or came from elsewhere."""
        found: dict[str, Any] = self.report.get("preview") or {}
        return found

    @property
    def remembered_mapping(self) -> str:
        """The id of the remembered mapping it was understood by; empty when by none."""
        told = self.preview.get("notices") or []
        ids = [one["data"]["mapping"] for one in told if one["code"] == "mapping-remembered"]
        return str(ids[0]) if ids else ""

    @property
    def checked(self) -> bool:
        """Whether a check has told what landing this file would do."""
        return bool(self.report.get("checked"))

    @property
    def ready(self) -> bool:
        """Whether a check has found something that may land."""
        return self.checked and bool(self.report.get("rows")) and not self.report.get("already")

    @property
    def rejected(self) -> int:
        """How many rows were rejected, by the last check or in the end."""
        return int(self.report.get("rejected") or 0)

    @property
    def landed(self) -> int:
        """How many rows of the file the ledger holds; repeated ones are held once."""
        return int(self.report.get("rows") or 0) - int(self.report.get("repeated") or 0)

    @property
    def path(self) -> Path:
        """Where the upload lies on disk."""
        return Path(self.file.path)

    @property
    def rejected_path(self) -> Path:
        """Where the rows that the last check rejected are kept."""
        return self.path.with_name("rejected.jsonl")
