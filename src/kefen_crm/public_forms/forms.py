"""The form that anybody fills in, how it is set up, and whose something is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.public_forms.models import PublicForm
from kefen_crm.public_forms.reaching import read
from kefen_crm.tickets.models import Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

TRAP = "homepage"
"""A field that people do not see; programs fill it in."""


class SettingForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What a form is called and for."""

    class Meta:
        model = PublicForm
        fields = ("title_zh", "title_en", "kind", "active")

    def _post_clean(self) -> None:
        """The action itself checks what it saves."""


class SendForm(forms.Form):
    """What somebody asks, and where they are reached."""

    name = forms.CharField(label=_("Your name"), max_length=60)
    company = forms.CharField(label=_("Company"), max_length=120, required=False)
    reach = forms.CharField(label=_("Phone or e-mail"), max_length=120)
    kind = forms.ChoiceField(label=_("What is it?"), choices=Ticket.Kind)
    subject = forms.CharField(label=_("Subject"), max_length=120)
    text = forms.CharField(
        label=_("Your message"),
        max_length=3_000,
        validators=[MinLengthValidator(2)],
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    homepage = forms.CharField(label=_("Leave this empty"), required=False)

    def __init__(self, data: Mapping[str, Any] | None, kind: str) -> None:
        super().__init__(data)
        lead = kind == PublicForm.Kind.LEAD
        for name in ("kind", "subject") if lead else ("company",):
            del self.fields[name]
        ways = {"name": "name", "company": "organization"}
        for name, way in ways.items():
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = way

    def clean_reach(self) -> str:
        """A phone number or an address."""
        reach: str = self.cleaned_data["reach"]
        read(reach)
        return reach

    @property
    def robot(self) -> bool:
        """Whether a program filled it in."""
        return bool(self.data.get(TRAP))

    def said(self) -> dict[str, str]:
        """What was filled in, by the fields of `Submission`."""
        return {name: value for name, value in self.cleaned_data.items() if name != TRAP}


class GiveForm(forms.Form):
    """Whose something that waits is."""

    customer = forms.CharField(label=_("Customer code"), max_length=200)
    remember = forms.BooleanField(
        label=_("Keep the sender as a contact"), required=False, initial=True
    )

    def __init__(self, data: Any = None, *, user: User) -> None:
        super().__init__(data)
        self.user = user

    def clean_customer(self) -> Customer:
        """The customer of a code, in reach."""
        found = changeable_by(self.user).filter(code=self.cleaned_data["customer"].strip()).first()
        if found is None:
            raise forms.ValidationError(_("No such customer."))
        return found
