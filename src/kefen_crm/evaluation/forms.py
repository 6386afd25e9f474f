from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kefen_crm.grading import queries
from kefen_crm.platform.numbers import file_size

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

EXPERIMENT_TYPES = (".csv", ".txt", ".parquet")
LEVELS_TYPES = (".csv", ".txt", ".xlsx", ".xls")
EXPERIMENT_LIMIT = 20 << 20
"""Bytes of the largest table of an experiment."""
HORIZONS = [
    ("1m", _("1 month")),
    ("3m", _("3 months")),
    ("6m", _("6 months")),
    ("12m", _("1 year")),
]


_PROMISED = 4
"""Of so many classes the form opens with hours: 4, 1, a quarter, none to speak of."""


def _schemes() -> list[tuple[str, str]]:
    return [(scheme.name, scheme.title) for scheme in queries.published()]


def _second() -> str | None:
    """Another scheme than the one that the first choice opens with."""
    return next((name for name, _title in _schemes()[1:]), None)


class ReadinessForm(forms.Form):
    """How many customers one person can care for."""

    attention = forms.IntegerField(
        label=_("Customers one person can care for"),
        min_value=1,
        max_value=100_000,
        initial=150,
        widget=forms.NumberInput(attrs={"class": "form-control"}),
    )


class BacktestForm(forms.Form):
    """Which schemes to try on which past dates."""

    schemes = forms.MultipleChoiceField(
        label=_("Schemes"), choices=_schemes, widget=forms.CheckboxSelectMultiple
    )
    horizon = forms.ChoiceField(label=_("What came after, within"), choices=HORIZONS, initial="3m")
    periods = forms.IntegerField(
        label=_("Past dates"),
        min_value=1,
        max_value=24,
        initial=4,
        help_text=_("The last one so that what came after it is known in full."),
    )
    every = forms.ChoiceField(label=_("Time between dates"), choices=HORIZONS, initial="3m")
    value = forms.ChoiceField(
        label=_("Worth of a customer"),
        choices=[("sales", _("Sales")), ("profit", _("Gross profit"))],
        initial="sales",
    )


class ExperimentForm(forms.Form):
    """Who was treated and who was held out, and how to measure what came of it."""

    file = forms.FileField(
        label=_("Table of the experiment"),
        help_text=_(
            "CSV with the columns customer_id and group (treated or holdout), and outcome or date"
            " where you have them. Chinese headings such as 客户编号, 分组, 结果, 日期 will do."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.parquet"}),
    )
    scheme = forms.ChoiceField(label=_("Scheme whose classes are compared"), choices=_schemes)
    since = forms.DateField(
        label=_("Treating began on"),
        required=False,
        help_text=_(
            "Where the table names neither outcomes nor dates. Classes are those of this day."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    horizon = forms.ChoiceField(
        label=_("Without outcomes, count the sales of"), choices=HORIZONS, initial="3m"
    )

    def clean_file(self) -> UploadedFile[Any]:
        """A text or Parquet file of bearable size."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if PurePath(file.name or "").suffix.lower() not in EXPERIMENT_TYPES:
            raise forms.ValidationError(_("Save the table as CSV (UTF-8), then choose that file."))
        if (file.size or 0) > EXPERIMENT_LIMIT:
            raise forms.ValidationError(
                _("This file is larger than %(limit)s. Keep the needed columns only.")
                % {"limit": file_size(EXPERIMENT_LIMIT)}
            )
        return file


class AuditForm(forms.Form):
    """What the standard of each class promises, in hours, and what an hour costs."""

    hourly = forms.DecimalField(
        label=_("Cost of an hour of work"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        initial=60,
        help_text=_("Salary with all that comes on top, divided by the hours worked."),
    )

    def __init__(self, *args: Any, classes: list[Any], **more: Any) -> None:
        super().__init__(*args, **more)
        self.keys = [one.key for one in classes]
        for at, one in enumerate(classes):
            self.fields[f"hours_{one.key}"] = forms.DecimalField(
                label=_("Hours a month for a customer of %(class)s") % {"class": one.title},
                min_value=0,
                max_digits=7,
                decimal_places=2,
                initial=round(4 / 2 ** (2 * at), 2) if at < _PROMISED else 0,
            )

    def hours(self) -> dict[str, str]:
        """The hours by class, as they were stated."""
        return {key: str(self.cleaned_data[f"hours_{key}"]) for key in self.keys}


class LevelsFileForm(forms.Form):
    """The export of another system."""

    file = forms.FileField(
        label=_("Export of the other system"),
        help_text=_("CSV or XLSX with a column of customer codes or names and one of levels."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls"}),
    )

    def clean_file(self) -> UploadedFile[Any]:
        """A table of bearable size."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if PurePath(file.name or "").suffix.lower() not in LEVELS_TYPES:
            raise forms.ValidationError(_("Save the table as CSV or XLSX, then choose that file."))
        if (file.size or 0) > EXPERIMENT_LIMIT:
            raise forms.ValidationError(
                _("This file is larger than %(limit)s. Keep the needed columns only.")
                % {"limit": file_size(EXPERIMENT_LIMIT)}
            )
        return file


class LevelsForm(forms.Form):
    """Which columns of the export say what, and what its levels are compared with."""

    customer = forms.ChoiceField(label=_("Column of the customers"))
    level = forms.ChoiceField(label=_("Column of the levels"))
    levels = forms.CharField(
        label=_("Levels, the best first, one a line"),
        widget=forms.Textarea({"rows": 6}),
        help_text=_("Put them in order; a line taken away leaves its customers unrated."),
    )
    scheme = forms.ChoiceField(label=_("Compared with"), choices=_schemes)
    given = forms.DateField(
        label=_("Day the levels are of"),
        required=False,
        help_text=_(
            "With it they are tried on what came after that day. Without it they are as of now,"
            " which flatters them."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    horizon = forms.ChoiceField(label=_("What came after, within"), choices=HORIZONS, initial="3m")

    def __init__(self, *args: Any, seen: dict[str, Any], **more: Any) -> None:
        super().__init__(*args, **more)
        for name in ("customer", "level"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(one, one) for one in seen["columns"]]
            field.initial = seen[name]
        self.fields["levels"].initial = "\n".join(seen["levels"])

    def clean_levels(self) -> list[str]:
        """The levels, each once."""
        lines = (line.strip() for line in self.cleaned_data["levels"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))


class ChurnForm(forms.Form):
    """How long a customer must buy nothing to have left."""

    horizon = forms.ChoiceField(
        label=_("Buys nothing for"),
        choices=HORIZONS,
        initial="6m",
        widget=forms.Select(attrs={"class": "form-select"}),
    )


class AgreementForm(forms.Form):
    """Two schemes to compare, each as it is in force."""

    first = forms.ChoiceField(
        label=_("First scheme"),
        choices=_schemes,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    second = forms.ChoiceField(
        label=_("Second scheme"),
        choices=_schemes,
        initial=_second,
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def clean(self) -> dict[str, Any]:
        """Two different schemes."""
        data = super().clean() or {}
        if data.get("first") and data.get("first") == data.get("second"):
            self.add_error("second", _("Choose another scheme than the first."))
        return data
