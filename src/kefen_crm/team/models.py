from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kefen_crm.platform.registry import permissions
from kefen_crm.team.roles import Reach, Role, may


class Department(models.Model):
    """A part of the company, such as a sales region, perhaps within another."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    parent = models.ForeignKey(
        "self",
        verbose_name=_("within"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
    )
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("lead"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="led",
    )
    created = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Theme(models.TextChoices):
    AUTO = "auto", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractUser):
    """Someone who signs in. `first_name` holds the display name as people write it."""

    class Language(models.TextChoices):
        CHINESE = "zh-hans", "简体中文"
        ENGLISH = "en", "English"

    Role = Role
    Theme = Theme

    first_name = models.CharField(_("name"), max_length=150, blank=True)
    last_name = None  # type: ignore[assignment]  # one name field: names are not split in Chinese
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.READER)
    reach = models.CharField(
        _("sees customers"), max_length=10, choices=Reach, blank=True, default="", db_default=""
    )
    department = models.ForeignKey(
        Department,
        verbose_name=_("department"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="members",
    )
    language = models.CharField(_("language"), max_length=10, choices=Language, blank=True)
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)

    password_given = models.BooleanField(
        default=False, help_text=_("Someone else knows the password: it has to be changed first.")
    )

    service = models.BooleanField(
        _("service account"),
        default=False,
        help_text=_("For a program: it has tokens and no password, and nobody signs in as it."),
    )
    signed_out = models.DateTimeField(null=True, editable=False)
    """When they were signed out everywhere; no session of before counts."""

    token_scopes: frozenset[str] | None = None
    """What the token they came with permits at most; None without one, or with one for all."""

    history = HistoricalRecords(
        excluded_fields=[
            "password",
            "last_login",
            "language",
            "theme",
            "password_given",
            "signed_out",
        ]
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                condition=~models.Q(email=""),
                name="user_email_unique",
                violation_error_message=_("Another user already has this e-mail address."),
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    def get_full_name(self) -> str:
        return self.display_name

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the password; of a service account none is."""
        return not self.service and bool(super().check_password(raw_password))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        told: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]  # Django's own
        return told if self.signed_out is None else f"{told}.{self.signed_out.timestamp()}"

    @property
    def display_name(self) -> str:
        if self.former:
            return former_name(self.pk)
        return self.first_name or self.username

    @property
    def former(self) -> bool:
        """Whether they left, and nothing is known of them but their number."""
        return self.username == f"former-{self.pk}"

    @property
    def initial(self) -> str:
        """The first character of the name, for the round picture."""
        return self.display_name[:1].upper()

    @cached_property
    def can(self) -> dict[str, bool]:
        """What this user may do, for templates, once a page: `{% if user.can.grade %}`."""
        return {name: may(self, name) for name in permissions()}


def former_name(number: int) -> str:
    """What somebody is called who left."""
    return gettext("former user #%(number)s") % {"number": number}


class ApiToken(models.Model):
    """A key for programs. Only a digest is kept; the key itself is shown once."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    last_used = models.DateTimeField(_("last used"), null=True, blank=True)
    expires = models.DateField(_("expires"), null=True, blank=True)
    # Permits by name; an empty list is all that the owner has.
    scopes = models.JSONField(_("scopes"), default=list, blank=True)
    history = HistoricalRecords(excluded_fields=["digest", "last_used"])

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created"]

    def __str__(self) -> str:
        return self.name

    @property
    def expired(self) -> bool:
        """Whether the last day of the token has passed."""
        return self.expires is not None and self.expires < timezone.localdate()
