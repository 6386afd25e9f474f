from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.jobs import Job, JobStatus

WRITE_FILE = "customers.write_file"
"""The task that writes a list to a file."""


class BulkChange(models.Model):
    """Something that was done to many customers at once, and how it can be taken back.

    Attributes:
        verb: the name of the `BulkVerb`.
        skipped: why customers were left as they were: reason, count, a few names.
        detail: what the verb's `undo` is handed.
    """

    verb = models.CharField(max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="bulk_changes",
    )
    at = models.DateTimeField(_("time"), default=timezone.now)
    count = models.PositiveIntegerField(_("customers"))
    skipped = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_count = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = _("change of many customers")
        verbose_name_plural = _("changes of many customers")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["by", "-at"], name="bulk_change_by")]

    def __str__(self) -> str:
        return f"{self.verb} {self.count}"


class SavedView(models.Model):
    """The customer list as somebody wants to see it again: its filters, order and columns.

    Attributes:
        query: the part of the address that filters and orders.
        columns: the shown columns: the list's own under `column`, those of each set under its name.
        shared: who sees it besides its owner; with the department also those below it.
    """

    class Shared(models.TextChoices):
        PRIVATE = "private", _("only me")
        DEPARTMENT = "department", _("my department and those below")
        ALL = "all", _("everybody")

    name = models.CharField(_("name"), max_length=80)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.CASCADE,
        related_name="saved_views",
    )
    query = models.TextField(blank=True)
    columns = models.JSONField(default=dict, blank=True)
    shared = models.CharField(
        _("who sees it"), max_length=10, choices=Shared, default=Shared.PRIVATE
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """The view in which somebody's list opens."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="default_view"
    )
    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="defaults")

    class Meta:
        verbose_name = _("first view")
        verbose_name_plural = _("first views")

    def __str__(self) -> str:
        return f"{self.user_id} {self.view_id}"


class PickedCustomer(models.Model):
    """A customer that was added to a view by hand."""

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="picked")
    customer = models.ForeignKey("customers.Customer", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("customer of a view")
        verbose_name_plural = _("customers of views")
        constraints = [
            models.UniqueConstraint(fields=["view", "customer"], name="picked_once"),
        ]

    def __str__(self) -> str:
        return f"{self.view_id} {self.customer_id}"


class ListFile(Job):
    """A file of the customers of a list, written in the background for whoever asked for it.

    Attributes:
        query: the part of the address that filters, orders or picks.
        name: of the file on disk.
        customers: how many there were when it was asked for, then how many are in it.
        language: of its heading and titles.
    """

    class Form(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    Status = JobStatus

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_files"
    )
    query = models.TextField(blank=True)
    form = models.CharField(max_length=4, choices=Form)
    name = models.CharField(max_length=60)
    customers = models.PositiveIntegerField(_("customers"))
    language = models.CharField(max_length=16)
    status = models.CharField(
        _("status"), max_length=8, choices=JobStatus, default=JobStatus.QUEUED
    )

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.form} {self.customers}"

    def get_absolute_url(self) -> str:
        return reverse("customers:files")

    def place_in_queue(self) -> tuple[str, dict[str, Any]]:
        return WRITE_FILE, {"pk": self.pk}

    @property
    def path(self) -> Path:
        """Where the file is, once it is finished."""
        return Path(settings.KEFEN_DATA) / "cache" / "lists" / self.name

    @property
    def draft(self) -> Path:
        """Where it is until then."""
        return self.path.with_name(f".{self.name}.part")
