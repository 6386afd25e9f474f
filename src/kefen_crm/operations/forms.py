from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.dates import MONTHS
from django.utils.translation import gettext_lazy as _

from kefen_crm.gateway.settings import ANY, NEVER, Settings
from kefen_crm.operations.company import LANGUAGES
from kefen_crm.team.forms import Datalist
from kefen_crm.team.models import User

CURRENCIES = (
    *("CNY", "HKD", "TWD", "USD", "EUR", "GBP", "JPY", "KRW", "SGD", "THB", "VND", "MYR"),
    *("INR", "AUD", "NZD", "CAD", "CHF", "SEK", "NOK", "DKK", "PLN", "RUB", "BRL", "ZAR"),
)
ZONES = tuple(sorted(zone for zone in available_timezones() if "/" in zone))
HOURS = [(NEVER, _("Never")), *((str(hour), f"{hour}:00") for hour in range(24))]


class SettingsForm(forms.Form):
    """What is kept with the data."""

    company = forms.CharField(
        label=_("Company name"),
        max_length=120,
        required=False,
        help_text=_("It stands above the menu, on the sign-in page and on reports."),
    )
    currency = forms.CharField(
        label=_("Base currency"),
        max_length=3,
        help_text=_("All amounts are kept in it. Three letters, such as CNY."),
    )
    relabel = forms.BooleanField(
        label=_("The amounts that landed are in this currency already; nothing is converted"),
        required=False,
    )
    timezone = forms.CharField(
        label=_("Time zone"), max_length=64, help_text=_("It says when a day begins.")
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_("The fiscal year begins in"),
        choices=list(MONTHS.items()),
        coerce=int,
        help_text=_("The window “fiscal year to date” of schemes begins with it."),
    )
    language = forms.ChoiceField(
        label=_("Language before somebody chooses"),
        choices=[
            (ANY, _("What each browser asks for")),
            *((short, dict(User.Language.choices)[full]) for short, full in LANGUAGES.items()),
        ],
        help_text=_("The site and reports speak it. Everybody may choose another."),
    )
    backup_hour = forms.ChoiceField(label=_("Daily backup after"), choices=HOURS)
    backups_kept = forms.IntegerField(label=_("Daily backups kept"), min_value=1, max_value=365)
    versions_kept = forms.IntegerField(
        label=_("Days that past versions of the facts stay"),
        min_value=1,
        max_value=36_500,
        help_text=_("What runs and taking back imports need stays longer."),
    )
    runs_kept = forms.IntegerField(
        label=_("Last runs kept of each scheme"),
        min_value=1,
        max_value=10_000,
        help_text=_("Runs in force, compared, or that proof or people refer to stay longer."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].widget = Datalist(list(CURRENCIES))
        self.fields["timezone"].widget = Datalist(list(ZONES))


def initial(kept: Settings) -> dict[str, Any]:
    """The settings in force as the form shows them."""
    hour = NEVER if kept.backup_hour is None else str(kept.backup_hour)
    return {**vars(kept), "backup_hour": hour, "language": kept.language or ANY}
