from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.platform.jobs import Job, JobStatus

LEARN = "leads.learn"
"""The task that learns what converts."""


class Source(models.TextChoices):
    """What a lead came by."""

    WEBSITE = "website", pgettext_lazy("source of a lead", "website")
    FORM = "form", pgettext_lazy("source of a lead", "public form")
    REFERRAL = "referral", pgettext_lazy("source of a lead", "referral")
    EXHIBITION = "exhibition", pgettext_lazy("source of a lead", "exhibition")
    PLATFORM = "platform", pgettext_lazy("source of a lead", "trading platform")
    ADVERTISEMENT = "advertisement", pgettext_lazy("source of a lead", "advertisement")
    CALL = "call", pgettext_lazy("source of a lead", "they called us")
    SEARCHED = "searched", pgettext_lazy("source of a lead", "we looked for them")
    OTHER = "other", pgettext_lazy("source of a lead", "something else")


class DropReason(models.TextChoices):
    """Why a lead came to nothing."""

    NO_NEED = "no_need", pgettext_lazy("why a lead was dropped", "no need")
    NO_MONEY = "no_money", pgettext_lazy("why a lead was dropped", "no money for it")
    COMPETITOR = "competitor", pgettext_lazy("why a lead was dropped", "bought elsewhere")
    NO_ANSWER = "no_answer", pgettext_lazy("why a lead was dropped", "never answered")
    WRONG = "wrong", pgettext_lazy("why a lead was dropped", "wrong name or number")
    TWICE = "twice", pgettext_lazy("why a lead was dropped", "known already")
    OTHER = "other", pgettext_lazy("why a lead was dropped", "something else")


class Lead(models.Model):
    """Somebody who asked, and may become a customer.

    Attributes:
        inquiry: what they asked, in their words.
        grade, rule: A the best to D, and the name of the rule that gave it; empty without rules.
        first_grade: the grade when it came, by which conversion is measured.
        chance: the learned probability that it converts; None where nothing is learned.
        touched_at: when somebody last did anything about it.
        customer, opportunity: what it was converted into.
        by: who noted it.
    """

    class State(models.TextChoices):
        NEW = "new", pgettext_lazy("lead", "new")
        WORKING = "working", pgettext_lazy("lead", "in work")
        CONVERTED = "converted", pgettext_lazy("lead", "converted")
        DROPPED = "dropped", pgettext_lazy("lead", "dropped")

    name = models.CharField(_("name"), max_length=120, blank=True)
    company = models.CharField(_("company"), max_length=200, blank=True)
    title = models.CharField(_("position"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=60, blank=True)
    email = models.CharField(_("e-mail"), max_length=200, blank=True)
    wechat = models.CharField(_("WeChat"), max_length=120, blank=True)
    region = models.CharField(_("region"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=15, choices=Source, default=Source.WEBSITE)
    inquiry = models.TextField(_("what they ask"), max_length=5_000, blank=True)
    product = models.CharField(_("product"), max_length=120, blank=True)
    quantity = models.CharField(_("quantity"), max_length=60, blank=True)
    budget = models.DecimalField(
        _("budget"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    wanted_on = models.DateField(_("wanted by"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.NEW)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("whose"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
    )
    grade = models.CharField(_("grade"), max_length=1, blank=True, editable=False)
    rule = models.CharField(max_length=80, blank=True, editable=False)
    first_grade = models.CharField(max_length=1, blank=True, editable=False)
    chance = models.FloatField(null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(_("came"))
    touched_at = models.DateTimeField(_("last touched"))
    ended_at = models.DateTimeField(null=True, blank=True)
    drop_reason = models.CharField(_("why"), max_length=10, choices=DropReason, blank=True)
    note = models.CharField(_("more about it"), max_length=500, blank=True)
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
    )
    opportunity = models.ForeignKey(
        "opportunities.Opportunity",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="leads",
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "state"], name="lead_of_owner"),
            models.Index(fields=["state", "grade"], name="lead_by_grade"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.shown_name}"

    @property
    def number(self) -> str:
        return f"L-{self.pk:06d}"

    @property
    def shown_name(self) -> str:
        """Whoever asked, by company and name, as far as they are known."""
        parts = [self.company, self.name] if self.company != self.name else [self.name]
        return " · ".join(filter(None, parts)) or self.phone or self.email or self.wechat

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def customer_fields(self) -> dict[str, Any]:
        """What a new customer would be told by it."""
        return {
            "name": self.company or self.name, "contact": self.name, "phone": self.phone,
            "email": self.email, "region": self.region, "address": self.address,
        }  # fmt: skip


OPEN = (Lead.State.NEW, Lead.State.WORKING)


class LeadModel(Job):
    """What converts, as it was learned once; a person publishes it.

    Attributes:
        document: what `learning.fit` gave.
        compared: how it did beside first grades and a product of frequencies.
        until: when the last lead that it was learned from ended.
        by: who asked; None for the clock.
        in_force: it is what leads are told by; one at most.
    """

    Status = JobStatus

    status = models.CharField(
        _("status"), max_length=8, choices=JobStatus, default=JobStatus.QUEUED
    )
    document = models.JSONField(default=dict, blank=True)
    compared = models.JSONField(default=dict, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    in_force = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("learned chance")
        verbose_name_plural = _("learned chances")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["in_force"], condition=models.Q(in_force=True), name="one_lead_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    def place_in_queue(self) -> tuple[str, dict[str, Any]]:
        return LEARN, {"pk": self.pk}

    @property
    def ready(self) -> bool:
        """Whether it could be published."""
        return self.status == self.Status.FINISHED and bool(self.document)
