"""The dialogs of activities and tasks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kefen_crm.activities import repeats
from kefen_crm.activities.actions.logging import LONGEST
from kefen_crm.activities.models import Activity, Kind, Task
from kefen_crm.activities.queries import contact_names
from kefen_crm.platform.calendar import current
from kefen_crm.platform.numbers import day as shown
from kefen_crm.team.forms import Datalist
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

NONE, OTHER = "", "other"
_ANSWERED = (("yes", gettext_lazy("reached")), ("no", gettext_lazy("not reached")))


def offers(today: date) -> list[tuple[str, str]]:
    """Days that are usually wanted next, all of them worked: as values and in words."""
    calendar = current()
    in_a_week = today + timedelta(weeks=1)
    in_a_month = today + timedelta(days=30)

    def worked(day: date) -> date:
        return day if calendar.is_workday(day) else calendar.next_workday(day)

    days = {
        calendar.next_workday(today): _("next working day"),
        calendar.add_workdays(today, 3): _("in 3 working days"),
        worked(in_a_week): _("in a week"),
        worked(in_a_month): _("in a month"),
    }
    return [(one.isoformat(), f"{text} · {shown(one)}") for one, text in days.items()]


def _day(**about: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, **about)


class LogForm(forms.Form):
    """What was done with a customer, what that does, and what comes next."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=Kind, widget=forms.RadioSelect, initial=Kind.CALL
    )
    answered = forms.ChoiceField(
        label=gettext_lazy("Reached?"),
        choices=_ANSWERED,
        widget=forms.RadioSelect,
        initial="yes",
        required=False,
    )
    text = forms.CharField(
        label=gettext_lazy("What was said"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), required=False)
    contact = forms.CharField(label=gettext_lazy("With"), max_length=120, required=False)
    at = forms.DateTimeField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"), min_value=0, max_value=1440, required=False
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), choices=Activity.Direction, required=False
    )
    closes = forms.ModelMultipleChoiceField(
        label=gettext_lazy("This does"),
        queryset=Task.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    next_on = forms.ChoiceField(
        label=gettext_lazy("Next"), required=False, widget=forms.RadioSelect
    )
    next_day = _day(label=gettext_lazy("Another day"), required=False)
    next_title = forms.CharField(
        label=gettext_lazy("What to do then"), max_length=200, required=False
    )

    def __init__(
        self,
        *args: Any,
        customer: Customer,
        user: User,
        task: Task | None = None,
        by_rhythm: date | None = None,
        kind: str = "",
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        today = timezone.localdate()
        self.fields["at"].initial = timezone.localtime
        known = contact_names(customer)
        self.fields["contact"].initial = known[0] if known else customer.contact
        self.fields["contact"].widget = Datalist(known)
        outcome: Any = self.fields["outcome"]
        outcome.choices = [("", ""), *Activity.Outcome.choices]
        rhythm = _("by the rhythm · %(day)s") % {"day": shown(by_rhythm)} if by_rhythm else ""
        following: Any = self.fields["next_on"]
        following.choices = [
            (NONE, rhythm or _("nothing yet")),
            *offers(today),
            (OTHER, _("another day")),
        ]
        self.fields["next_on"].initial = NONE
        open_tasks = Task.objects.filter(customer=customer, state=Task.State.OPEN)
        closes: Any = self.fields["closes"]
        closes.queryset = open_tasks.exclude(origin="rhythm").order_by("day")
        closes.label_from_instance = _named
        due = closes.queryset.filter(day__lte=today, owner=user)
        chosen = [one.pk for one in due if one.kind != Task.Kind.TODO]
        if task is not None:
            chosen.append(task.pk)
            if task.kind in Kind.values:
                self.fields["kind"].initial = task.kind
        self.fields["closes"].initial = chosen
        if kind in Kind.values:
            self.fields["kind"].initial = kind
        for name in ("outcome", "direction"):
            self.fields[name].widget.attrs["class"] = "form-select"
        for name in ("contact", "at", "minutes"):
            self.fields[name].widget.attrs["class"] = "form-control"
        for name in ("kind", "answered", "next_on"):
            self.fields[name].widget.attrs["class"] = "kf-choice-input"
        self.fields["closes"].widget.attrs["class"] = "form-check-input"

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("next_on") == OTHER and not given.get("next_day"):
            self.add_error("next_day", _("Say which day."))
        return given

    @property
    def values(self) -> dict[str, Any]:
        """The activity, as the verb takes it."""
        given = self.cleaned_data
        answered = None
        if given["kind"] not in (Kind.MEETING, Kind.VISIT, Kind.NOTE):
            answered = given["answered"] != "no"
        at: datetime | None = given["at"]
        # The form tells minutes: what happened in this one happened now.
        moment = timezone.now() if at is None or abs(timezone.now() - at) < _MINUTE else at
        names = ("kind", "text", "outcome", "contact", "minutes")
        return {name: given[name] for name in names} | {
            "answered": answered,
            "at": moment,
            "direction": given["direction"] or Activity.Direction.OUT,
        }

    @property
    def then(self) -> dict[str, Any] | None:
        """What comes next, as the verb takes it; None for what the rhythm says."""
        given = self.cleaned_data
        chosen = given["next_on"]
        day = (
            given["next_day"] if chosen == OTHER else date.fromisoformat(chosen) if chosen else None
        )
        if day is None:
            return None
        kind = given["kind"] if given["kind"] in Task.Kind.values else Task.Kind.CALL
        return {"due_on": day, "kind": kind, "title": given["next_title"]}


_MINUTE = timedelta(minutes=1)


def _named(task: Task) -> str:
    return f"{task.heading} · {shown(task.day)}"


class CorrectForm(forms.Form):
    """An activity, as it was in truth."""

    kind = LogForm.base_fields["kind"]
    answered = LogForm.base_fields["answered"]
    text = LogForm.base_fields["text"]
    outcome = LogForm.base_fields["outcome"]
    contact = LogForm.base_fields["contact"]
    at = LogForm.base_fields["at"]
    minutes = LogForm.base_fields["minutes"]
    direction = LogForm.base_fields["direction"]
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        outcome: Any = self.fields["outcome"]
        outcome.choices = [("", ""), *Activity.Outcome.choices]

    @property
    def values(self) -> dict[str, Any]:
        """The activity, as the verb takes it."""
        given = self.cleaned_data
        talked = given["kind"] not in (Kind.MEETING, Kind.VISIT, Kind.NOTE)
        names = ("kind", "text", "outcome", "contact", "minutes")
        values = {name: given[name] for name in names}
        values["answered"] = given["answered"] != "no" if talked else None
        values["direction"] = given["direction"] or Activity.Direction.OUT
        return values | ({"at": given["at"]} if given["at"] else {})


class PlanForm(forms.Form):
    """A task to plan."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Task.Kind, initial="call")
    title = forms.CharField(label=gettext_lazy("What"), max_length=200, required=False)
    due_on = _day(label=pgettext_lazy("task", "Due on"))
    due_at = forms.TimeField(
        label=gettext_lazy("At"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    owner = forms.ModelChoiceField(
        label=gettext_lazy("Whose"), queryset=User.objects.none(), required=False
    )

    repeat = forms.ChoiceField(
        label=gettext_lazy("Repeats"),
        required=False,
        choices=[
            ("", gettext_lazy("once")),
            ("day", gettext_lazy("by working days")),
            ("week", gettext_lazy("by weeks")),
            ("month", gettext_lazy("by months")),
        ],
    )
    every = forms.IntegerField(
        label=gettext_lazy("Every so many"),
        required=False,
        min_value=1,
        max_value=repeats.MOST_EVERY,
        help_text=gettext_lazy("Days off give way to the next working day."),
    )
    until = _day(label=gettext_lazy("Repeats until"), required=False)
    times = forms.IntegerField(
        label=gettext_lazy("Or so many times in all"),
        required=False,
        min_value=2,
        max_value=repeats.MOST_TIMES,
    )

    def __init__(self, *args: Any, people: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        owner: Any = self.fields["owner"]
        owner.queryset = people
        owner.initial = user.pk
        owner.empty_label = None
        for name in ("every", "until", "times"):
            self.fields[name].widget.attrs["data-kf-repeats"] = ""
        self.fields["due_on"].initial = current().next_workday(timezone.localdate())

    @property
    def values(self) -> dict[str, Any]:
        """The task, as the verb takes it."""
        given = {name: value for name, value in self.cleaned_data.items() if value}
        about = ("every", "until", "times")
        distance = {name: given.pop(name) for name in about if name in given}
        unit = given.pop("repeat", "")
        return {**given, "repeat": {"unit": unit, **distance}} if unit else given


class SnoozeForm(forms.Form):
    """To which day a task is put off."""

    until = forms.ChoiceField(label=gettext_lazy("To"), widget=forms.RadioSelect)
    day = _day(label=gettext_lazy("Another day"), required=False)
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False)

    def __init__(self, *args: Any, task: Task, **more: Any) -> None:
        super().__init__(*args, **more)
        until: Any = self.fields["until"]
        choices = offers(timezone.localdate())
        until.choices = [*choices, (OTHER, _("another day"))]
        until.initial = choices[0][0]
        self.fields["reason"].required = task.snoozes >= 2

    @property
    def chosen(self) -> date:
        """The day that was chosen."""
        until = self.cleaned_data["until"]
        day: date = self.cleaned_data["day"] if until == OTHER else date.fromisoformat(until)
        return day

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("until") == OTHER and not given.get("day"):
            self.add_error("day", _("Say which day."))
        return given


class ReasonForm(forms.Form):
    """Why something is done otherwise than planned."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReassignForm(forms.Form):
    """Who does a task from now on."""

    owner = forms.ModelChoiceField(label=gettext_lazy("Whose"), queryset=User.objects.none())
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=500, required=False)

    def __init__(self, *args: Any, people: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        owner: Any = self.fields["owner"]
        owner.queryset = people
