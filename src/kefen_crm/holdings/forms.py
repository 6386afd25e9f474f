from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.holdings.models import MASKABLE, Pool
from kefen_crm.team.models import User
from kefen_crm.team.queries import people

if TYPE_CHECKING:
    from django.db.models import QuerySet


class AssignForm(forms.Form):
    owner = forms.ModelChoiceField(people(), label=_("Owner"), empty_label=_("Choose…"))
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            style = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs |= {"class": style, "aria-label": field.label}
        self.fields["reason"].widget.attrs["placeholder"] = self.fields["reason"].label


class ReleaseForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)


class PoolForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at runtime
    masked_fields = forms.MultipleChoiceField(
        label=_("Hidden until claimed"),
        choices=[(name, title) for name, title in MASKABLE.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Pool
        fields = (
            "name",
            "departments",
            "masked_fields",
            "per_day",
            "most_held",
            "former_waits",
            "rest_days",
        )
        widgets = {"departments": forms.CheckboxSelectMultiple}
        help_texts = {
            "departments": _("Whose people claim from it, those below too. None: the company's."),
            "per_day": _("0: no limit."),
            "most_held": _("0: no limit. Customers count by the rules “Weights of customers”."),
        }


class LeaveForm(forms.Form):
    user = forms.ModelChoiceField(people(), label=_("Person"), empty_label=_("Choose…"))
    first = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class HandoverForm(forms.Form):
    """Whose customers go to whom; the people to choose from are the page's."""

    leaver = forms.ModelChoiceField(User.objects.none(), label=_("Whose customers"))
    receivers = forms.ModelMultipleChoiceField(User.objects.none(), label=_("To whom"))

    def __init__(
        self, *args: Any, leavers: QuerySet[User], receivers: QuerySet[User], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        for name, people_of in (("leaver", leavers), ("receivers", receivers)):
            field: Any = self.fields[name]
            field.queryset = people_of
