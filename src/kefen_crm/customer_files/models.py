from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.stored_files import place_of

if TYPE_CHECKING:
    from pathlib import Path

FOLDER: Final = "customers"
"""Below the uploads, of the bytes."""


class CustomerFile(models.Model):
    """A file with a customer; its bytes are below the uploads of the data directory.

    Attributes:
        path: below the uploads, with no name of a person in it.
        type: the media type that its bytes tell, not its name.
        size: bytes.
        digest: SHA-256 of the bytes, so that the same file is there once.
        activity: the call, visit … that it was logged with, if it was.
        about: what of the customer it belongs to, such as `key_accounts.tender:7`; else empty.
    """

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="files"
    )
    path = models.CharField(max_length=120, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=200)
    type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    note = models.CharField(_("note"), max_length=500, blank=True)
    activity = models.ForeignKey(
        "activities.Activity", on_delete=models.SET_NULL, null=True, related_name="files"
    )
    about = models.CharField(max_length=80, blank=True, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("file of a customer")
        verbose_name_plural = _("files of customers")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "about", "digest"], name="customer_file_once"
            )
        ]
        indexes = [models.Index(fields=["about"], condition=~models.Q(about=""), name="file_about")]

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> Path:
        """Where its bytes are."""
        return place_of(self.path)

    @property
    def is_picture(self) -> bool:
        return self.type.startswith("image/")

    @property
    def is_shown(self) -> bool:
        """Whether a browser shows it safely."""
        return self.type in SHOWN


SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"})
"""Media types that are shown in place; anything else is only downloaded."""
