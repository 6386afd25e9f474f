from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.activities.models import Task
from kefen_crm.campaigns.models import Campaign
from kefen_crm.outreach.forms import LANGUAGES
from kefen_crm.outreach.models import Template

if TYPE_CHECKING:
    from collections.abc import Mapping

STEPS = 5


class CampaignForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What is done with whom, on which days."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)

    class Meta:
        model = Campaign
        fields = (
            *("name", "query", "language", "holdout", "holdout_reason", "everybody_reason"),
            *("horizon", "cost", "each", "prefix"),
        )
        widgets = {"query": forms.TextInput}
        help_texts = {
            "query": gettext_lazy(
                "The part after the question mark of the address of a customer list, as it is "
                "filtered: class=abc:A. Empty for all customers."
            ),
            "everybody_reason": gettext_lazy("Empty: they are left out, as they should be."),
            "holdout": gettext_lazy(
                "They are drawn, within each class and owner. Without them nobody can say what the "
                "campaign brought."
            ),
        }

    def __init__(self, data: Any = None, *, instance: Campaign | None = None, query: str = ""):
        super().__init__(data, instance=instance, initial={} if instance else {"query": query})
        known = instance.steps if instance else []
        if not self.data:
            for number, step in enumerate(known):
                self.initial.update(_flat(number, step))
        whats = [
            ("", "—"),
            *(
                (f"template:{one.pk}", f"{one.get_channel_display()}: {one.name}")
                for one in Template.objects.filter(active=True)
            ),
            *((f"task:{one}", _("Task: %(kind)s") % {"kind": one.label}) for one in Task.Kind),
        ]
        for number in range(STEPS):
            title = {"number": number + 1}
            self.fields[f"day{number}"] = forms.IntegerField(
                label=_("Step %(number)s: on day") % title,
                min_value=0,
                required=False,
                help_text=_("0 is the first day.") if not number else "",
            )
            self.fields[f"what{number}"] = forms.ChoiceField(
                label=_("What"), choices=whats, required=False
            )
            self.fields[f"title{number}"] = forms.CharField(
                label=_("Title of the task"), max_length=200, required=False
            )

    @property
    def steps(self) -> list[tuple[forms.BoundField, ...]]:
        """The day, what is done and the title of each step."""
        return [
            (self[f"day{number}"], self[f"what{number}"], self[f"title{number}"])
            for number in range(STEPS)
        ]

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""

    @property
    def values(self) -> dict[str, Any]:
        """As `actions.save` takes them."""
        found = {name: self.cleaned_data[name] for name in self._meta.fields or ()}
        return found | {"steps": steps_of(self.cleaned_data)}


def _flat(number: int, step: Mapping[str, Any]) -> list[tuple[str, Any]]:
    message = step["kind"] == "message"
    what = f"template:{step['template']}" if message else f"task:{step['task']}"
    return [
        (f"day{number}", step["day"]),
        (f"what{number}", what),
        (f"title{number}", step.get("title", "")),
    ]


def steps_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps that a form says."""
    found = []
    for number in range(STEPS):
        kind, _colon, what = str(values.get(f"what{number}") or "").partition(":")
        day = values.get(f"day{number}") or 0
        if kind == "template":
            found.append({"day": day, "kind": "message", "template": int(what)})
        elif kind == "task":
            title = values.get(f"title{number}") or ""
            found.append({"day": day, "kind": "task", "task": what, "title": title})
    return found
