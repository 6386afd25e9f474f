from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customer_links.models import Link
from kefen_crm.customers.finding import best
from kefen_crm.customers.queries import visible_to

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

_NAMED = 5


class LinkForm(forms.Form):
    """Which other customer a customer belongs to, and how."""

    kind = forms.ChoiceField(label=gettext_lazy("The other is"), choices=Link.Kind)
    other = forms.CharField(
        label=gettext_lazy("Customer"),
        max_length=255,
        help_text=gettext_lazy("Its code, or enough of its name to tell it from others."),
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user

    def clean_other(self) -> Customer:
        """The one customer that is meant."""
        text = self.cleaned_data["other"].strip()
        visible = visible_to(self.user)
        same = list(visible.filter(code=text)[:1]) or list(visible.filter(name=text)[:2])
        found = same or best(visible, text, _NAMED)
        if not found:
            raise ValidationError(_("No customer is called so."))
        if len(found) > 1:
            names = ", ".join(f"{one.name} ({one.code})" for one in found)
            raise ValidationError(_("Several are called so: %(names)s") % {"names": names})
        return found[0]
