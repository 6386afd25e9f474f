from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.team.models import User

if TYPE_CHECKING:
    from django.db.models import QuerySet


def people() -> QuerySet[User]:
    """Who may look after customers."""
    return User.objects.filter(is_active=True, service=False).order_by("first_name", "username")


class AssignForm(forms.Form):
    owner = forms.ModelChoiceField(people(), label=_("Owner"), empty_label=_("Choose…"))
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            style = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            field.widget.attrs |= {"class": f"{style} form-select-sm", "aria-label": field.label}


class ReleaseForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500)
