from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Contact(models.Model):
    """A person at a customer, written on the site or by a program.

    Attributes:
        role: what the person has to say about buying.
        birthday: the day of birth, by the solar calendar.
        birthday_calendar: the calendar by which the birthday is kept.
        primary: whom to talk to first; at most one of a customer.
        left_on: the day from which the person is no contact any more.
        brought: the number under which imports brought the person; empty for who was written here.
        base: what imports brought when a person first wrote of the contact, or chose.
        incoming: what imports bring now, where that is neither; empty while nothing is to choose.
    """

    OURS: Final = "P-"
    """Begins the numbers of those who were written here."""

    class Role(models.TextChoices):
        DECIDES = "decides", _("decides")
        BUYS = "buys", _("buys")
        USES = "uses", _("uses")
        PAYS = "pays", _("pays")
        ADVISES = "advises", _("advises")
        GATEKEEPS = "gatekeeps", _("lets in or keeps out")

    class Calendar(models.TextChoices):
        SOLAR = "solar", _("solar calendar")
        LUNAR = "lunar", _("lunar calendar")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="contacts",
    )
    name = models.CharField(_("name"), max_length=120)
    title = models.CharField(_("position"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    birthday_calendar = models.CharField(
        _("kept by the"), max_length=5, choices=Calendar, default=Calendar.SOLAR
    )
    primary = models.BooleanField(_("first contact"), default=False)
    note = models.CharField(_("note"), max_length=500, blank=True)
    left_on = models.DateField(_("left on"), null=True, editable=False)
    brought = models.CharField(max_length=200, blank=True, default="", editable=False)
    base = models.JSONField(default=dict, blank=True, editable=False)
    incoming = models.JSONField(default=dict, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-primary", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(primary=True),
                name="contact_one_primary",
            ),
            models.UniqueConstraint(
                fields=["brought"],
                condition=~models.Q(brought=""),
                name="contact_brought_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def number(self) -> str:
        """Its number in the ledger. Imports number theirs otherwise."""
        return self.brought or f"{self.OURS}{self.pk:06d}"


class Reach(models.Model):
    """Where a contact is reached, and whether it may be.

    Attributes:
        normal: the value as it is compared: a phone number with its country, an address in small
            letters.
        valid: whether it works, as far as is known.
        consent: whether the person agreed to be written to there.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")
        WECHAT = "wechat", _("WeChat")
        WECOM = "wecom", _("WeCom")

    class Consent(models.TextChoices):
        UNKNOWN = "unknown", _("not asked")
        YES = "yes", _("agreed")
        NO = "no", _("refused")

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="reaches")
    kind = models.CharField(max_length=6, choices=Kind)
    value = models.CharField(max_length=200)
    normal = models.CharField(max_length=200, db_index=True)
    valid = models.BooleanField(default=True)
    consent = models.CharField(max_length=7, choices=Consent, default=Consent.UNKNOWN)

    class Meta:
        verbose_name = _("way to reach a contact")
        verbose_name_plural = _("ways to reach contacts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "kind", "normal"], name="contact_reached_once_so"
            )
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def url(self) -> str:
        """What a link to it opens; empty where nothing does."""
        scheme = {"phone": "tel:", "email": "mailto:"}.get(self.kind)
        return f"{scheme}{self.normal}" if scheme else ""
