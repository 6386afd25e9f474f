"""The forms of outreach."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.outreach.models import Channel, Policy, Sender, Template, TemplateVersion
from kefen_crm.outreach.wording import FIELDS

LANGUAGES = (("zh", _("Chinese")), ("en", _("English")))


class TemplateForm(forms.Form):
    """A template with its words."""

    name = forms.CharField(label=_("Name"), max_length=80)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel)
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=Template.Purpose,
        help_text=_(
            "Marketing reaches who agreed to it, and rests while a customer complains or is dunned."
        ),
    )
    subject_zh = forms.CharField(label=_("Subject, Chinese"), max_length=200, required=False)
    body_zh = forms.CharField(
        label=_("Text, Chinese"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    subject_en = forms.CharField(label=_("Subject, English"), max_length=200, required=False)
    body_en = forms.CharField(
        label=_("Text, English"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    provider_code = forms.CharField(
        label=_("The SMS provider's number of the template"),
        max_length=80,
        required=False,
        help_text=_(
            "SMS providers send words that they approved: the fields of the text are given to "
            "them in their order."
        ),
    )
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, data: Any = None, *, template: Template | None = None) -> None:
        initial: dict[str, Any] = {}
        if template is not None:
            words: TemplateVersion = template.words
            about = ("name", "channel", "purpose", "active")
            initial = {name: getattr(template, name) for name in about}
            said = ("subject_zh", "body_zh", "subject_en", "body_en", "provider_code")
            initial |= {name: getattr(words, name) for name in said}
        super().__init__(data, initial=initial)
        if template is not None:
            self.fields["channel"].disabled = True
        names = "  ".join(f"{{{name}}}" for name in FIELDS)
        self.fields["body_zh"].help_text = _(
            "Fields: %(names)s. {contact|friend} says “friend” where nobody is known."
        ) % {"names": names}


class WriteForm(forms.Form):
    """By which template a customer is written to, in which language."""

    template = forms.ModelChoiceField(
        label=_("Template"), queryset=Template.objects.none(), empty_label=None
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    occasion = forms.CharField(label=_("Occasion"), max_length=80, required=False)
    product = forms.CharField(label=_("Product"), max_length=120, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        template = self.fields["template"]
        assert isinstance(template, forms.ModelChoiceField)
        template.queryset = Template.objects.filter(active=True)


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # the stubs want it, Django does not
    """When and how often customers may be written to."""

    class Meta:
        model = Policy
        fields = ("quiet_from", "quiet_until", "per_week", "needs_consent")
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in ("quiet_from", "quiet_until")
        }

    def _post_clean(self) -> None:
        """The action itself checks what it makes."""


class SenderForm(forms.Form):
    """Who sends the messages of a channel."""

    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=Sender.Kind)
    url = forms.URLField(
        label=_("Address"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Of a robot or an HTTP gateway; of others empty for the usual one."),
    )
    account = forms.CharField(label=_("Key id"), max_length=200, required=False)
    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("It is kept and never shown; empty leaves the one there is."),
    )
    signature = forms.CharField(label=_("Signature of SMS"), max_length=80, required=False)
    app = forms.CharField(label=_("SMS application (Tencent)"), max_length=80, required=False)
    region = forms.CharField(label=_("Region (Tencent)"), max_length=40, required=False)
    per_minute = forms.IntegerField(
        label=_("Most messages a minute"), min_value=1, max_value=100_000, initial=600
    )
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, data: Any = None, *, sender: Sender | None = None) -> None:
        initial: dict[str, Any] = {}
        if sender is not None:
            names = ("name", "kind", "url", "account", "per_minute", "active")
            initial = {name: getattr(sender, name) for name in names} | sender.options
        super().__init__(data, initial=initial)

    @property
    def values(self) -> dict[str, Any]:
        """As `actions.save_sender` takes them."""
        found = dict(self.cleaned_data)
        options = {name: found.pop(name) for name in ("signature", "app", "region")}
        return found | {"options": {name: value for name, value in options.items() if value}}


class SuppressForm(forms.Form):
    """An address that nothing is sent to any more."""

    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("email", _("mail")), ("sms", _("SMS"))]
    )
    value = forms.CharField(label=_("Address or number"), max_length=254)
