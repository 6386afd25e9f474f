"""The forms of an opportunity: what it is, where it moves, how it ends, the stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from kefen_crm.opportunities.models import GATES, Opportunity, Reason, Stage
from kefen_crm.opportunities.permits import SELL
from kefen_crm.opportunities.stages import read_lines, stages, write_lines
from kefen_crm.team.forms import Datalist
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted

if TYPE_CHECKING:
    from collections.abc import Iterable


def _day(**more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, required=False, **more)


class LinesField(forms.CharField):
    """Products, a line each; gives what an opportunity keeps."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=_("Products"), required=False, max_length=10_000,
            help_text=_("A line each: product; quantity; price. Pasted cells of a sheet do, too."),
            **more,
        )  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        return write_lines(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return read_lines(super().clean(value))


class DetailForm(forms.Form):
    """What an opportunity is."""

    title = forms.CharField(label=_("What it is about"), max_length=200)
    products = LinesField()
    amount = forms.DecimalField(
        label=_("Amount"), max_digits=18, decimal_places=2, min_value=0, required=False,
        help_text=_("Where every product has a price, their sum."),
    )  # fmt: skip
    close_on = _day(label=_("Expected on"))
    contact = forms.CharField(label=_("Who decides"), max_length=120, required=False)
    need = forms.CharField(
        label=_("What the customer needs"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    competitor = forms.CharField(label=_("Competitor"), max_length=120, required=False)
    next_step = forms.CharField(label=_("Next step"), max_length=200, required=False)
    waiting_until = _day(
        label=_("The customer decides until"),
        help_text=_("While the customer's own steps take their time it does not rot."),
    )
    waiting_for = forms.CharField(
        label=_("What the customer does until then"), max_length=200, required=False
    )

    def __init__(self, data: Any = None, *, one: Opportunity | None = None, **more: Any) -> None:
        """`one` is the opportunity that is changed; its contacts are offered."""
        if one:
            more["initial"] = {name: getattr(one, name) for name in self.base_fields}
        super().__init__(data, **more)
        names = Opportunity.objects.exclude(competitor="").order_by("competitor")
        offer(self.fields["competitor"], names.values_list("competitor", flat=True).distinct()[:50])


class OpenForm(DetailForm):
    """A new opportunity, and its stage."""

    stage = forms.ModelChoiceField(
        label=_("Stage"), queryset=Stage.objects.none(), empty_label=None
    )

    field_order = ("title", "stage")

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        choose_stage(self.fields["stage"])


class MoveForm(forms.Form):
    """The stage that an opportunity moves to, and what the stage asks for."""

    stage = forms.ModelChoiceField(
        label=_("Stage"), queryset=Stage.objects.none(), empty_label=None
    )

    def __init__(
        self, data: Any = None, *, one: Opportunity, asked: Iterable[str] = (), **more: Any
    ):
        """`asked` are the fields that have to be filled in before."""
        super().__init__(data, **more)
        choose_stage(self.fields["stage"])
        every = DetailForm(one=one)
        for name in asked:
            field = every.fields[name]
            field.required = True
            field.initial = getattr(one, name)
            self.fields[name] = field


class WinForm(forms.Form):
    """What was won, when and why."""

    amount = forms.DecimalField(label=_("Amount"), max_digits=18, decimal_places=2, min_value=0)
    closed_on = _day(label=_("Day"))
    reason = forms.ChoiceField(
        label=_("Why we won"), choices=[("", ""), *Reason.choices], required=False
    )
    note = forms.CharField(label=_("More about it"), max_length=500, required=False)
    note_order = forms.BooleanField(
        label=_("Note the order as well"), required=False,
        help_text=_("So that it counts at once. Leave it out where orders are imported."),
    )  # fmt: skip


class LoseForm(forms.Form):
    """Why an opportunity was lost, to whom and when."""

    reason = forms.ChoiceField(label=_("Why we lost"), choices=[("", ""), *Reason.choices])
    competitor = forms.CharField(label=_("Competitor"), max_length=120, required=False)
    closed_on = _day(label=_("Day"))
    note = forms.CharField(label=_("More about it"), max_length=500, required=False)


class GiveForm(forms.Form):
    """Whose an opportunity is to be."""

    owner = forms.ModelChoiceField(
        label=_("Whose"), queryset=User.objects.none(), required=False, empty_label=_("Nobody's")
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = permitted(SELL).order_by("first_name", "username")


class ReopenForm(forms.Form):
    """Why an opportunity is taken up again."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


class StageForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """One stage of the pipeline."""

    gates = forms.MultipleChoiceField(
        label=_("Known before this stage"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(key, capfirst(title)) for key, title in GATES.items()],
    )  # fmt: skip

    class Meta:
        model = Stage
        fields = ("name", "position", "probability", "rot_days", "gates", "used")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["name"].widget.attrs["placeholder"] = self.instance.title
        self.fields["probability"].widget.attrs["max"] = 100

    def clean_probability(self) -> int:
        share: int = self.cleaned_data["probability"]
        if share > 100:
            raise ValidationError(_("At most 100 percent."))
        return share


def choose_stage(field: Any) -> None:
    """Offer the stages in use."""
    field.queryset = Stage.objects.filter(pk__in=[one.pk for one in stages()])


def offer(field: forms.Field, words: Iterable[str]) -> None:
    """Offer words known already in a field of text."""
    field.widget = Datalist(list(words))
    field.widget.attrs.update(field.widget_attrs(field.widget))
