"""The forms of a new ticket, of what is said about one, of its owner and of how it is solved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.activities.models import Kind
from kefen_crm.articles.models import Article
from kefen_crm.team.forms import Datalist
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted
from kefen_crm.tickets.actions import LONGEST, SERVE
from kefen_crm.tickets.models import Ticket

if TYPE_CHECKING:
    from collections.abc import Iterable

CHANNELS = [one for one in Kind.choices if one[0] != Kind.NOTE]


def _text(rows: int, label: Any, *, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=LONGEST, widget=widget, required=required)


class OpenForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What a customer asks, complains of or needs."""

    channel = forms.ChoiceField(label=_("By way of"), choices=CHANNELS)
    text = _text(4, _("What was said"))

    class Meta:
        model = Ticket
        fields = ("title", "kind", "severity", "contact", "product")

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""


class ChangeForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """What a ticket is."""

    class Meta:
        model = Ticket
        fields = ("title", "kind", "severity", "product", "cause")

    def _post_clean(self) -> None:
        """The action itself checks what it changes."""


class SayForm(forms.Form):
    """What was said about a ticket, and by which way."""

    text = _text(6, _("What was said"))
    channel = forms.ChoiceField(label=_("By way of"), choices=CHANNELS)
    article = forms.ModelChoiceField(
        label=_("Article"),
        queryset=Article.objects.none(),
        required=False,
        empty_label=_("none"),
        help_text=_("Of an answer: the address of one for customers is added below it."),
    )

    def __init__(self, data: Any = None, **proposed: str) -> None:
        """`proposed`, by field, such as the `channel` that the customer came by."""
        super().__init__(data, initial=proposed)
        article = self.fields["article"]
        assert isinstance(article, forms.ModelChoiceField)
        article.queryset = Article.objects.filter(published__isnull=False)


class SolveForm(forms.Form):
    """The last answer, and what a complaint came from."""

    text = _text(3, _("Last answer to the customer"), required=False)
    channel = forms.ChoiceField(label=_("By way of"), choices=CHANNELS)
    cause = forms.CharField(
        label=_("What it came from"),
        max_length=120,
        required=False,
        help_text=_("Complaints are counted by it."),
    )

    def __init__(self, data: Any = None, *, causes: Iterable[str] = (), **kwargs: Any) -> None:
        """`causes` are those named before, to choose from."""
        super().__init__(data, **kwargs)
        cause = self.fields["cause"]
        cause.widget = Datalist(list(causes))
        cause.widget.attrs.update(cause.widget_attrs(cause.widget))


class GiveForm(forms.Form):
    """Whose a ticket is to be."""

    owner = forms.ModelChoiceField(
        label=_("Whose"), queryset=User.objects.none(), required=False, empty_label=_("Nobody's")
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ModelChoiceField)
        owner.queryset = permitted(SERVE).order_by("first_name", "username")


class ReasonForm(forms.Form):
    """Why a ticket is taken up again."""

    reason = forms.CharField(label=_("Reason"), max_length=500)
