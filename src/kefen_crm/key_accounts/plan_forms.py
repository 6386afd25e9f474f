"""The forms of the steps of buying, and of goals and risks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.contacts.models import Contact
from kefen_crm.key_accounts.models import ApprovalStep, PlanItem

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer


class StepForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """A step of buying."""

    class Meta:
        model = ApprovalStep
        fields = ApprovalStep.FIELDS
        help_texts = {
            "title": _("Such as: head of purchasing, finance, purchasing committee."),
            "from_amount": _("0 where it is always needed."),
        }

    def __init__(
        self, data: Any = None, *, customer: Customer, one: ApprovalStep | None = None, **more: Any
    ) -> None:
        """`one` is the step that is changed."""
        super().__init__(data, instance=one or ApprovalStep(customer=customer), **more)
        contact = self.fields["contact"]
        assert isinstance(contact, forms.ModelChoiceField)
        contact.queryset = Contact.objects.filter(customer=customer, left_on=None)


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """A goal or a risk."""

    class Meta:
        model = PlanItem
        fields = PlanItem.FIELDS
        widgets = {"by_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "measure": _(
                "By what it is told that a goal is reached, or what is done against a risk."
            )
        }

    def __init__(self, data: Any = None, *, one: PlanItem | None = None, **more: Any) -> None:
        """`one` is what is changed."""
        first = {name: getattr(one, name) for name in PlanItem.FIELDS} if one else {}
        super().__init__(data, initial=first | more.pop("initial", {}), **more)
        if not one:
            del self.fields["state"]
