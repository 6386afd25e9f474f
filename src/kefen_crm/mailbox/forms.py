from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.mailbox.models import Mailbox

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """Where a mailbox is, and what opens it."""

    secret = forms.CharField(
        label=_("Password"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave it empty to keep the one there is."),
    )

    class Meta:
        model = Mailbox
        fields = ("address", "host", "port", "account", "secret", "folder", "sends", "active")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not self.instance.pk:
            self.fields["secret"].required = True
            self.fields["secret"].help_text = ""

    def _post_clean(self) -> None:
        """The action itself checks what it saves."""


class GiveMailForm(forms.Form):
    """Whose a mail is."""

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
