from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.grading.models import Schedule
from kefen_crm.grading.reasons import LONGEST

if TYPE_CHECKING:
    from kefen_crm.grading.models import Scheme


def _reason() -> forms.CharField:
    words = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        label=_("Why"),
        max_length=LONGEST,
        widget=words,
        help_text=_("Kept in the history, for those who ask later."),
    )


class RunForm(forms.Form):
    """As of which day to grade; empty is the day after the last sale."""

    as_of = forms.DateField(
        label=_("As of"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_(
            "Facts of this day and later do not count. Empty: the day after the last sale."
        ),
    )


class ReasonForm(forms.Form):
    """Why something is changed."""

    reason = _reason()


class PublishForm(ReasonForm):
    """Why a scheme is changed, and whether to run it at once."""

    run = forms.BooleanField(label=_("Run it at once"), required=False, initial=True)


class ScheduleForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """When a scheme is run by itself."""

    hour = forms.TypedChoiceField(
        label=_("At"), coerce=int, choices=[(hour, f"{hour:02}:00") for hour in range(24)]
    )

    class Meta:
        model = Schedule
        fields = ("rhythm", "weekday", "day", "hour", "on_import")


class OverrideForm(ReasonForm):
    """A class set by hand, why, and until when."""

    class_key = forms.ChoiceField(label=_("Class"))
    until = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("The last day it holds. Empty: until it is lifted."),
    )
    field_order = ("class_key", "until", "reason")

    def __init__(self, *args: Any, scheme: Scheme, **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [(one.key, one.title) for one in scheme.classes]
        self.fields["class_key"].choices = choices  # type: ignore[attr-defined]
