"""What was done with customers, and what is to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.activities import repeats
from kefen_crm.platform.standing_words import said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.platform.parts import Part


class Kind(models.TextChoices):
    """How people deal with a customer."""

    CALL = "call", _("Call")
    WECHAT = "wechat", _("WeChat")
    MAIL = "mail", _("Mail")
    MEETING = "meeting", _("Meeting")
    VISIT = "visit", _("Visit")
    NOTE = "note", _("Note")


ICONS = {
    Kind.CALL: "phone",
    Kind.WECHAT: "brand-wechat",
    Kind.MAIL: "mail",
    Kind.MEETING: "users-group",
    Kind.VISIT: "map-pin",
    Kind.NOTE: "note",
    "todo": "checkbox",
}
MINUTES = {
    Kind.CALL: 15,
    Kind.WECHAT: 10,
    Kind.MAIL: 15,
    Kind.MEETING: 60,
    Kind.VISIT: 90,
    Kind.NOTE: 5,
    "todo": 15,
}
"""How long each usually takes, for what fits into a day."""


class Activity(models.Model):
    """Something that was done with a customer: a call, a visit …, or a note about one.

    It is an `interactions` fact of the ledger under its number, a note excepted. Corrections
    change it, a withdrawn one stays as it was last; the events know each version.

    Attributes:
        contact: the name of whom it was with, as it was then.
        person: the contact of the customer who that is; None for somebody else.
        answered: whether the other side took part; None where that was not said.
        real: the customer was met or answered, so that the rhythm starts anew.
    """

    class Direction(models.TextChoices):
        OUT = "out", _("we contacted the customer")
        IN = "in", _("the customer contacted us")

    class Outcome(models.TextChoices):
        ORDER = "order", _("order or promise")
        INTERESTED = "interested", _("interested")
        UNDECIDED = "undecided", _("undecided")
        NO_NEED = "no_need", _("no need now")
        PROBLEM = "problem", _("problem or complaint")

    class State(models.TextChoices):
        NOTED = "noted", _("noted")
        CORRECTED = "corrected", _("corrected")
        WITHDRAWN = "withdrawn", _("withdrawn")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="activities",
    )
    contact = models.CharField(_("with"), max_length=120, blank=True)
    person = models.ForeignKey(
        "contacts.Contact", on_delete=models.SET_NULL, null=True, related_name="activities"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    direction = models.CharField(
        _("direction"), max_length=3, choices=Direction, default=Direction.OUT
    )
    at = models.DateTimeField(_("time"))
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    answered = models.BooleanField(_("answered"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    text = models.TextField(_("what was said"), blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.NOTED)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        related_name="activities",
    )
    created = models.DateTimeField(_("noted at"), auto_now_add=True)
    changed = models.DateTimeField(_("changed"), auto_now=True)
    real = models.GeneratedField(
        expression=models.Case(
            models.When(state="withdrawn", then=models.Value(value=False)),
            models.When(kind__in=["meeting", "visit"], then=models.Value(value=True)),
            models.When(kind="note", then=models.Value(value=False)),
            models.When(answered=True, then=models.Value(value=True)),
            default=models.Value(value=False),
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-at"], name="activity_of_customer"),
            models.Index(
                fields=["customer", "-at"],
                condition=models.Q(real=True),
                name="activity_real",
            ),
            models.Index(fields=["by", "-at"], name="activity_by"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.customer}"

    @property
    def number(self) -> str:
        """Its number in the ledger. Imports number theirs otherwise."""
        return f"A-{self.pk:06d}"

    @property
    def in_force(self) -> bool:
        """Whether it was not withdrawn."""
        return self.state != self.State.WITHDRAWN

    @property
    def icon(self) -> str:
        return ICONS[Kind(self.kind)]

    changeable = False
    """Whether whoever looks may correct it; the page of a customer says so."""
    parts: Sequence[Part] = ()
    """What apps show below it on the page of a customer, such as its files."""


class Task(models.Model):
    """Something to do with a customer by a day, by its owner.

    Attributes:
        due_on, due_at: the day that was said, and the moment where it has one.
        snoozed_until: the day that it was put off to; `day` is that, else `due_on`.
        origin: `person`, `rhythm`, or what else planned it; with `occurrence` it tells one from
            the next, so that nothing is planned twice.
        since: of a rhythm, the day that its working days count from.
        told: why it is there, by the app that planned it.
        repeat: how it repeats, as `repeats.Repeat` has it; None for once.
    """

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        WECHAT = "wechat", _("WeChat")
        MAIL = "mail", _("Mail")
        MEETING = "meeting", _("Meeting")
        VISIT = "visit", _("Visit")
        TODO = "todo", _("To do")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("task", "open")
        DONE = "done", _("done")
        SKIPPED = "skipped", _("skipped")
        CANCELLED = "cancelled", _("cancelled")

    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="tasks",
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.CALL)
    title = models.CharField(_("what"), max_length=200, blank=True)
    due_on = models.DateField(_("due on"))
    due_at = models.TimeField(_("at"), null=True, blank=True)
    snoozed_until = models.DateField(_("put off to"), null=True, blank=True)
    snoozes = models.PositiveSmallIntegerField(default=0)
    day = models.GeneratedField(
        expression=Coalesce("snoozed_until", "due_on"),
        output_field=models.DateField(),
        db_persist=True,
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("whose"),
        on_delete=models.PROTECT,
        null=True,
        related_name="tasks",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("planned by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    origin = models.CharField(max_length=40)
    occurrence = models.CharField(max_length=80)
    since = models.DateField(null=True)
    told = models.JSONField(default=dict, null=True, encoder=DjangoJSONEncoder)
    repeat = models.JSONField(null=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    reason = models.TextField(_("reason"), blank=True)
    done_by_activity = models.ForeignKey(
        Activity, on_delete=models.PROTECT, null=True, related_name="done_tasks"
    )
    closed_on = models.DateField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["day", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "customer", "occurrence"], name="task_once_an_occurrence"
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(origin="rhythm", state="open"),
                name="task_one_open_rhythm",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="done")
                | ~models.Q(reason="")
                | models.Q(done_by_activity__isnull=False),
                name="task_done_by_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "day"],
                include=["kind"],
                condition=models.Q(state="open"),
                name="task_open_by_owner",
            ),
            models.Index(
                fields=["day", "due_at", "id"],
                condition=models.Q(state="open"),
                name="task_open_by_day",
            ),
            models.Index(
                fields=["customer", "day"],
                condition=models.Q(state="open"),
                name="task_open_of_customer",
            ),
            models.Index(fields=["customer", "-closed_on"], name="task_closed_of_customer"),
            models.Index(
                fields=["owner"],
                condition=models.Q(state="open", repeat__isnull=False),
                name="task_repeating",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.heading} · {self.customer}"

    @property
    def heading(self) -> str:
        """What is to be done, in words."""
        return said(self.title) or str(self.get_kind_display())

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def by_rhythm(self) -> bool:
        return self.origin == RHYTHM

    @property
    def open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def repeats(self) -> str:
        """How it repeats, in words; empty for once."""
        return repeats.words(self.repeat) if self.repeat else ""

    expected = False
    """Whether it is no task yet: one that a series will come to."""

    def values(self) -> dict[str, Any]:
        """What events tell of it."""
        return {
            "kind": self.kind,
            "title": self.title,
            "due_on": self.due_on,
            "due_at": self.due_at,
            "owner": self.owner_id,
        }


PERSON, RHYTHM = "person", "rhythm"
"""The origins of tasks that this app plans."""


class CalendarFeed(models.Model):
    """The secret address at which a calendar program reads somebody's tasks; of it a digest."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")

    def __str__(self) -> str:
        return str(self.user)
