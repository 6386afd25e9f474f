from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm as BaseLoginForm
from allauth.mfa.base.forms import AuthenticateForm as BaseAuthenticateForm
from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.team.models import User
from kefen_crm.team.queries import department_names
from kefen_crm.team.roles import Reach, Role, permits_of, titled


class LoginForm(BaseLoginForm):
    """Signing in by user name or e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Words of our own: those of the libraries come and go.
        self.fields["login"].label = _("User name or e-mail")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""
        self.fields["remember"].label = _("Remember me")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class AuthenticateForm(BaseAuthenticateForm):
    """The second step of signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code from the app, or a recovery code")
        self.fields["code"].widget.attrs.pop("placeholder", None)


class Datalist(forms.TextInput):
    """A text field that offers known words."""

    template_name = "components/datalist.html"

    def __init__(self, words: list[str]) -> None:
        super().__init__()
        self.words = words

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, {**(attrs or {}), "list": f"{name}-words"})
        return {**context, "words": self.words}


class UserForm(forms.Form):
    """Who someone is and what they may do."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=150)
    email = forms.EmailField(label=_("E-mail"), required=False)
    role = forms.ChoiceField(label=_("Role"), choices=Role)
    department = forms.CharField(label=_("Department"), max_length=80, required=False)
    reach = forms.ChoiceField(
        label=_("Sees customers"),
        choices=[("", _("as the role says")), *Reach.choices],
        required=False,
        help_text=_(
            "Managers, readers, service and finance see all, representatives their own. Whoever "
            "leads a department sees those of its people and of departments below, too."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"].widget = Datalist(department_names())


class NewUserForm(UserForm):
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text=_("Small letters; used to sign in."),
    )
    service = forms.BooleanField(
        label=_("Service account"),
        required=False,
        help_text=_("For a program: it has tokens and no password, and nobody signs in as it."),
    )
    password = forms.CharField(
        label=_("First password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters. They choose their own at the first sign-in."),
    )
    field_order = [
        "username",
        "name",
        "email",
        "role",
        "department",
        "reach",
        "service",
        "password",
    ]

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"]).lower()
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError(_("This user name is taken."))
        return username

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not found.get("service") and not found.get("password"):
            self.add_error("password", _("A person needs a first password."))
        return found


class ResetPasswordForm(forms.Form):
    password = forms.CharField(
        label=_("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters. They choose their own at the next sign-in."),
    )


class PasswordForm(forms.Form):
    """Changing one's own password."""

    old = forms.CharField(
        label=_("Present password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=_("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 8 characters."),
    )


class OwnPasswordForm(PasswordForm):
    """The same on the profile page, where there may be tokens."""

    tokens = forms.BooleanField(
        label=_("Also revoke all my API tokens"),
        required=False,
        help_text=_("Tick it where somebody may have known the old password."),
    )


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("As the browser asks")), *User.Language.choices],
        required=False,
    )
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Token name"), max_length=80, help_text=_("The program that will use it.")
    )
    expires = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty: until it is revoked."),
    )

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing ticked: all that the owner may."),
    )

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes: Any = self.fields["scopes"]
        scopes.choices = [(one, titled(one)) for one in sorted(permits_of(owner.role))]

    def clean_expires(self) -> Any:
        expires = self.cleaned_data["expires"]
        if expires and expires < timezone.localdate():
            raise forms.ValidationError(_("This day has passed."))
        return expires
