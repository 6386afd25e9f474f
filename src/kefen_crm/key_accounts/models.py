"""Key accounts, and how the people there stand to buying from the company."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import date, datetime

    from kefen_crm.customers.models import Customer


class KeyAccount(models.Model):
    """A customer that is worked on by a plan of its own.

    Attributes:
        goal: what is to be reached with it.
        rules: how it buys, in words: lists of suppliers, bids required, days of committees.
        since: the day from which it is one.
    """

    FIELDS: ClassVar = ("goal", "rules")

    customer = models.OneToOneField(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="key_account",
    )
    goal = models.TextField(_("goal"), max_length=2_000, blank=True)
    rules = models.TextField(_("rules of buying"), max_length=2_000, blank=True)
    since = models.DateField(_("key account since"))
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("key account")
        verbose_name_plural = _("key accounts")

    def __str__(self) -> str:
        return str(self.customer)


class Stance(models.IntegerChoices):
    """How somebody stands to buying from the company."""

    AGAINST = -2, pgettext_lazy("stance", "against us")
    DOUBTFUL = -1, pgettext_lazy("stance", "doubtful")
    NEUTRAL = 0, pgettext_lazy("stance", "neutral")
    FRIENDLY = 1, pgettext_lazy("stance", "friendly")
    FOR = 2, pgettext_lazy("stance", "for us")


class Influence(models.IntegerChoices):
    """How much somebody's word counts when the customer buys."""

    LOW = 1, pgettext_lazy("influence", "little")
    MIDDLE = 2, pgettext_lazy("influence", "some")
    HIGH = 3, pgettext_lazy("influence", "great")


class Stakeholder(models.Model):
    """How a contact stands to buying; what the contact has to say is its `role`.

    Attributes:
        reports_to: another contact of the same customer. Nobody reports to himself, over however
            many others.
    """

    FIELDS: ClassVar = ("stance", "influence", "reports_to", "note")

    contact = models.OneToOneField(
        "contacts.Contact", on_delete=models.CASCADE, related_name="stakeholder"
    )
    stance = models.SmallIntegerField(_("stance"), choices=Stance, null=True, blank=True)
    influence = models.PositiveSmallIntegerField(
        _("influence"), choices=Influence, null=True, blank=True
    )
    reports_to = models.ForeignKey(
        "contacts.Contact",
        verbose_name=_("reports to"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("place on the map")
        verbose_name_plural = _("places on the map")

    def __str__(self) -> str:
        return str(self.contact)

    @property
    def customer(self) -> Customer:
        return self.contact.customer


class Tender(models.Model):
    """A call for bids of a customer, and what is to be done until when.

    Attributes:
        reference: the number that the customer gave it.
        questions_until: the last day on which the customer answers questions.
        due_at: the moment until which a bid has to be there.
        opens_at: the moment at which the bids are opened.
        amount: what is bid, or about to be.
        bond: the deposit that a bid needs, in the base currency.
        bond_paid_on, bond_back_on: the days on which it was paid, and came back.
        checklist: what a bid needs: `text`, and whether it is `done`.
        reason: why it was lost or withdrawn.
    """

    class State(models.TextChoices):
        WATCHING = "watching", pgettext_lazy("tender", "watching")
        PREPARING = "preparing", pgettext_lazy("tender", "preparing")
        SUBMITTED = "submitted", pgettext_lazy("tender", "submitted")
        WON = "won", pgettext_lazy("tender", "won")
        LOST = "lost", pgettext_lazy("tender", "lost")
        WITHDRAWN = "withdrawn", pgettext_lazy("tender", "withdrawn")

    FIELDS: ClassVar = (
        "title", "reference", "opportunity", "published_on", "questions_until", "due_at",
        "opens_at", "amount", "bond", "bond_paid_on", "bond_back_on", "owner", "checklist", "note",
    )  # fmt: skip
    OPEN: ClassVar = (State.WATCHING, State.PREPARING, State.SUBMITTED)

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="tenders",
    )
    opportunity = models.ForeignKey(
        "opportunities.Opportunity",
        verbose_name=_("opportunity"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tenders",
    )
    title = models.CharField(_("what it is about"), max_length=200)
    reference = models.CharField(_("tender number"), max_length=80, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    questions_until = models.DateField(_("questions until"), null=True, blank=True)
    due_at = models.DateTimeField(_("bid due"))
    opens_at = models.DateTimeField(_("opening of bids"), null=True, blank=True)
    amount = models.DecimalField(
        _("amount"), max_digits=18, decimal_places=2, null=True, blank=True
    )
    bond = models.DecimalField(_("bond"), max_digits=18, decimal_places=2, null=True, blank=True)
    bond_paid_on = models.DateField(_("bond paid on"), null=True, blank=True)
    bond_back_on = models.DateField(_("bond back on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.WATCHING)
    reason = models.CharField(_("why"), max_length=500, blank=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("whose"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tenders",
    )
    checklist = models.JSONField(_("what a bid needs"), default=list, blank=True)
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("tender")
        verbose_name_plural = _("tenders")
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["watching", "preparing", "submitted"]),
                name="tender_open_by_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("key_accounts:tender", args=[self.pk])

    @property
    def number(self) -> str:
        return f"B-{self.pk:06d}"

    @property
    def open(self) -> bool:
        return self.state in self.OPEN

    @property
    def undone(self) -> int:
        """How much of what a bid needs is not there yet."""
        return sum(not one["done"] for one in self.checklist)

    @property
    def bond_out(self) -> bool:
        """Whether the bond of one that has ended has not come back."""
        return bool(not self.open and self.bond_paid_on and not self.bond_back_on)

    def clean(self) -> None:
        """Refuse days and moments that do not follow each other."""
        if self.opens_at and self.due_at and self.opens_at < self.due_at:
            raise ValidationError({"opens_at": gettext("Bids are opened after they are due.")})
        if self.questions_until and self.due_at and _day(self.due_at) < self.questions_until:
            raise ValidationError(
                {"questions_until": gettext("Questions end before bids are due.")}
            )
        if self.bond_back_on and (not self.bond_paid_on or self.bond_back_on < self.bond_paid_on):
            raise ValidationError({"bond_back_on": gettext("A bond comes back after it was paid.")})


class Contract(models.Model):
    """A contract with a customer, and what becomes of it at its end.

    Attributes:
        reference: its number, as both sides call it.
        ends_on: its last day; None where it has none.
        notice_days: so many days before the end at the latest notice is given, or it is negotiated.
        value: what it is worth, in the base currency, over its whole time.
        renewal: what happens at the end when nobody does anything.
        renew_months: how long it goes on each time that it renews by itself.
        reason: why notice was given, or why it ended.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("contract", "draft")
        SIGNED = "signed", pgettext_lazy("contract", "signed")
        NOTICE = "notice", pgettext_lazy("contract", "notice given")
        ENDED = "ended", pgettext_lazy("contract", "ended")

    class Renewal(models.TextChoices):
        AUTOMATIC = "automatic", pgettext_lazy("contract", "renews by itself")
        AGREED = "agreed", pgettext_lazy("contract", "ends unless it is agreed anew")
        NONE = "none", pgettext_lazy("contract", "ends for good")

    FIELDS: ClassVar = (
        "title", "reference", "begins_on", "ends_on", "notice_days", "value", "renewal",
        "renew_months", "owner", "note",
    )  # fmt: skip
    RUNNING: ClassVar = (State.SIGNED, State.NOTICE)

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="contracts",
    )
    title = models.CharField(_("what it is about"), max_length=200)
    reference = models.CharField(_("number"), max_length=80, blank=True)
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=0)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=2, null=True, blank=True)
    renewal = models.CharField(
        _("at its end"), max_length=9, choices=Renewal, default=Renewal.AGREED
    )
    renew_months = models.PositiveSmallIntegerField(_("renews for so many months"), default=12)
    state = models.CharField(_("state"), max_length=6, choices=State, default=State.SIGNED)
    reason = models.CharField(_("why"), max_length=500, blank=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("whose"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contracts",
    )
    note = models.TextField(_("note"), max_length=2_000, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["ends_on", "pk"]
        indexes = [
            models.Index(
                fields=["ends_on"],
                condition=models.Q(state__in=["signed", "notice"]),
                name="contract_running_by_end",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("key_accounts:contract", args=[self.pk])

    @property
    def number(self) -> str:
        return f"K-{self.pk:06d}"

    @property
    def running(self) -> bool:
        return self.state in self.RUNNING

    @property
    def notice_by(self) -> date | None:
        """The last day to give notice, or to have agreed on how it goes on."""
        return self.ends_on - timedelta(days=self.notice_days) if self.ends_on else None

    def clean(self) -> None:
        """Refuse an end before the beginning, and a renewal of what has no end."""
        if self.ends_on and self.begins_on and self.ends_on < self.begins_on:
            raise ValidationError({"ends_on": gettext("A contract ends after it begins.")})
        if self.renewal == self.Renewal.AUTOMATIC and not self.ends_on:
            raise ValidationError({"ends_on": gettext("Say until when it runs before it renews.")})
        if self.renewal == self.Renewal.AUTOMATIC and not self.renew_months:
            raise ValidationError({"renew_months": gettext("It renews for a month at least.")})


class ApprovalStep(models.Model):
    """A step that a purchase of the customer goes through.

    Attributes:
        position: its place; steps of one place follow in the order they were noted.
        title: who decides there, such as a committee.
        contact: who that is, where it is a known person.
        from_amount: the step is needed from this amount on, in the base currency; 0 always.
        days: the working days that it usually takes.
        documents: what has to be handed in.
    """

    FIELDS: ClassVar = ("position", "title", "contact", "from_amount", "days", "documents")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="approval_steps",
    )
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    title = models.CharField(_("who approves"), max_length=120)
    contact = models.ForeignKey(
        "contacts.Contact",
        verbose_name=_("contact"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="approval_steps",
    )
    from_amount = models.DecimalField(
        _("from this amount on"), max_digits=18, decimal_places=2, default=0
    )
    days = models.PositiveSmallIntegerField(_("working days it takes"), null=True, blank=True)
    documents = models.CharField(_("documents"), max_length=500, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("step of buying")
        verbose_name_plural = _("steps of buying")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuse an amount below zero, and somebody else's contact."""
        if self.from_amount is not None and self.from_amount < 0:
            raise ValidationError({"from_amount": gettext("An amount is not below zero.")})
        if self.contact and self.contact.customer_id != self.customer_id:
            raise ValidationError({"contact": gettext("Choose a contact of this customer.")})


class PlanItem(models.Model):
    """A goal of the plan of a customer, or a risk to it.

    Attributes:
        text: what is to be reached, or may happen.
        by_on: until when.
        measure: by what it is told that it is reached, or what is done against it.
        weight: how much it matters, from 1 to 3.
    """

    class Kind(models.TextChoices):
        GOAL = "goal", pgettext_lazy("plan", "goal")
        RISK = "risk", pgettext_lazy("plan", "risk")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("plan", "open")
        DONE = "done", pgettext_lazy("plan", "done")
        DROPPED = "dropped", pgettext_lazy("plan", "dropped")

    class Weight(models.IntegerChoices):
        LOW = 1, pgettext_lazy("weight", "low")
        MIDDLE = 2, pgettext_lazy("weight", "middle")
        HIGH = 3, pgettext_lazy("weight", "high")

    FIELDS: ClassVar = ("kind", "text", "by_on", "measure", "weight", "state")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="plan_items",
    )
    kind = models.CharField(_("kind"), max_length=4, choices=Kind, default=Kind.GOAL)
    text = models.CharField(_("what"), max_length=300)
    by_on = models.DateField(_("by when"), null=True, blank=True)
    measure = models.CharField(_("measure"), max_length=300, blank=True)
    weight = models.PositiveSmallIntegerField(_("weight"), choices=Weight, default=Weight.MIDDLE)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(default=1, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("goal or risk")
        verbose_name_plural = _("goals and risks")
        ordering = ["-weight", "by_on", "pk"]

    def __str__(self) -> str:
        return self.text


def _day(moment: datetime) -> date:
    return timezone.localdate(moment)
