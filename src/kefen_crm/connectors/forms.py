from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.models import Connector

if TYPE_CHECKING:
    from kefen_crm.connectors.sources.base import Source


def _widget(source: Source) -> forms.Widget:
    if source.secret_lines:
        return forms.Textarea(attrs={"autocomplete": "off", "rows": 4, "spellcheck": "false"})
    return forms.PasswordInput(attrs={"autocomplete": "off"})


class ConnectorForm(forms.Form):
    """What a connector of a source has to know."""

    title = forms.CharField(label=_("Name"), max_length=120)
    every = forms.ChoiceField(
        label=_("How often"), choices=Connector.Every.choices, initial=Connector.Every.HOUR
    )

    def __init__(self, *args: Any, source: Source, known: bool = False, **more: Any) -> None:
        super().__init__(*args, **more)
        self.source = source
        for setting in source.settings:
            self.fields[setting.name] = forms.CharField(
                label=setting.title,
                help_text=setting.help,
                required=setting.required,
                max_length=1_000,
                widget=forms.TextInput(attrs={"placeholder": setting.placeholder}),
            )
        if source.secret:
            help_ = _("Leave it empty to keep the one there is.") if known else source.secret_help
            self.fields["secret"] = forms.CharField(
                label=source.secret,
                help_text=help_,
                required=source.secret_required and not known,
                max_length=4_000,
                strip=True,
                widget=_widget(source),
            )
        if source.receiver is not None:
            del self.fields["every"]
        self.order_fields(["title", *(one.name for one in source.settings), "secret", "every"])

    @property
    def given(self) -> dict[str, Any]:
        """What an action takes."""
        told = self.cleaned_data
        settings = {one.name: told.get(one.name, "") for one in self.source.settings}
        plain = {"title": told["title"], "settings": settings}
        plain |= {name: told[name] for name in ("every",) if name in told}
        return plain | ({"secret": told["secret"]} if told.get("secret") else {})
