from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.audit.queries import groups
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.platform.models import Event


class AuditFilter(forms.Form):
    """Narrows the audit: who did what of which group to whom, and when."""

    who = forms.ModelChoiceField(
        User.objects.all(), required=False, label=_("Who"), empty_label=_("Everybody")
    )
    group = forms.ChoiceField(required=False, label=_("What"))
    customer = forms.CharField(
        required=False,
        max_length=200,
        label=_("Customer"),
        widget=forms.TextInput(attrs={"placeholder": _("Code or part of the name")}),
    )
    since = forms.DateField(
        required=False, label=_("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label=_("To"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.verbs = groups()
        choices = [("", _("Everything")), *((name, name) for name in self.verbs)]
        self.fields["group"].choices = choices  # type: ignore[attr-defined]  # a choice field
        for field in self.fields.values():
            select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if select else "form-control"

    def narrowed(self, events: QuerySet[Event]) -> QuerySet[Event]:
        """Those of `events` that fit every field; none where one cannot be read."""
        if not self.is_valid():
            return events.none()
        asked = self.cleaned_data
        if who := asked.get("who"):
            events = events.filter(actor=who)
        if group := asked.get("group"):
            events = events.filter(verb__in=self.verbs[group])
        if text := (asked.get("customer") or "").strip():
            found = events.filter(customer__code=text)
            events = found if found.exists() else events.filter(customer__name__icontains=text)
        if since := asked.get("since"):
            events = events.filter(at__date__gte=since)
        if until := asked.get("until"):
            events = events.filter(at__date__lte=until)
        return events
