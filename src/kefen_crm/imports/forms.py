from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kefen_crm.custom_fields.queries import fields
from kefen_crm.gateway import reading
from kefen_crm.platform.numbers import file_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.core.files.uploadedfile import UploadedFile

    from kefen_crm.custom_fields.models import CustomField
    from kefen_crm.imports.models import Import

TYPES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".txt", ".parquet")
MOST_FILES = 50
MOST_HEADINGS = 120
"""Headings one may map by hand; of a wider file the rest keep their guess."""
LEAVE_OUT, KEEP = "", "+"


def limit_text() -> str:
    """The largest size of a file, as people say it."""
    return file_size(settings.KEFEN_UPLOAD_LIMIT).replace(".0 ", " ")


def refusals(name: str) -> dict[str, str]:
    """What is said of a file that is not taken, by the reason."""
    told = {"name": name, "limit": limit_text()}
    texts = {
        "empty": _("%(name)s is empty."),
        "too_large": _("%(name)s is larger than %(limit)s. Split it and import the parts."),
        "not_a_table": _(
            "%(name)s is not a table. Kefen reads Excel (XLSX, XLS), CSV, ODS and Parquet."
        ),
    }
    return {reason: text % told for reason, text in texts.items()}


def refusal(file: UploadedFile[Any]) -> str | None:
    """Why a file is not taken at all, as far as its name and size tell."""
    told = refusals(file.name or "")
    if not file.size:
        return told["empty"]
    if file.size > settings.KEFEN_UPLOAD_LIMIT:
        return told["too_large"]
    return None if PurePath(file.name or "").suffix.lower() in TYPES else told["not_a_table"]


ENCODINGS = (
    *("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "shift_jis", "euc_kr"),
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256"),
)


class ReadingForm(forms.Form):
    """How a file is to be read, where the evidence is not to decide."""

    encoding = forms.ChoiceField(required=False)
    delimiter = forms.ChoiceField(required=False)
    decimal = forms.ChoiceField(required=False)
    date_order = forms.ChoiceField(required=False)
    header_row = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
    repeated_lines = forms.ChoiceField(required=False)
    known_keys = forms.ChoiceField(required=False)
    shared_codes = forms.ChoiceField(required=False)
    blanks = forms.ChoiceField(required=False)
    prefix = forms.CharField(required=False, max_length=20)  # type: ignore[assignment]

    def __init__(self, record: Import, data: Any = None) -> None:
        super().__init__(data, initial=record.options)
        found = record.preview
        for name, (label, nothing, choices) in _ways(found).items():
            field = self.fields[name]
            field.label = label
            if choices:
                field.choices = [("", nothing), *choices]  # type: ignore[attr-defined]
            else:
                field.widget.attrs["placeholder"] = nothing
            style = "form-select" if choices else "form-control"
            field.widget.attrs["class"] = f"{style} {style}-sm"
        if found and not found["encoding"]:
            del self.fields["encoding"], self.fields["delimiter"]
        if found and not found["header_row"]:
            del self.fields["header_row"]

    @property
    def options(self) -> dict[str, Any]:
        """What was chosen; nothing for what the evidence decides."""
        given = self.cleaned_data.items()
        return {name: value for name, value in given if value not in (None, "")}


def _ways(found: dict[str, Any]) -> dict[str, tuple[Any, str, list[tuple[str, Any]]]]:
    """Each way of reading: its label, what is so without a choice, and the choices."""
    decimals = [(".", _("point: 1,234.50")), (",", _("comma: 1.234,50"))]
    orders = [
        ("ymd", _("year, month, day: 25/3/4")),
        ("mdy", _("month, day, year: 3/4/25")),
        ("dmy", _("day, month, year: 4/3/25")),
    ]
    delimiters = [(sign, told) for sign, told in delimiter_titles().items() if sign != "\t"]
    return {
        "encoding": (_("Encoding"), _found(found.get("encoding")), [(e, e) for e in ENCODINGS]),
        "delimiter": (
            _("Delimiter"),
            _found(delimiter_titles().get(found.get("delimiter") or "", found.get("delimiter"))),
            [*delimiters, ("tab", _("tab"))],
        ),
        "header_row": (_("Line of the headings"), _found(found.get("header_row")), []),
        "decimal": (
            _("Decimal sign"),
            _found(dict(decimals).get(found.get("decimal") or "")),
            decimals,
        ),
        "date_order": (
            _("Order of dates"),
            _found(dict(orders).get(found.get("date_order") or "")),
            orders,
        ),
        "repeated_lines": (
            _("Equal lines of one order"),
            _("count once"),
            [("all", _("all count"))],
        ),
        "known_keys": (
            _("Numbers known of other customers and days"),
            _("ask"),
            [("replace", _("are corrections")), ("new", _("are other orders"))],
        ),
        "shared_codes": (
            _("Customer codes of several names"),
            _("ask"),
            [("one", _("are one customer")), ("apart", _("are a customer of each name"))],
        ),
        "blanks": (
            _("Empty cells of customers"),
            _("leave what is known"),
            [("erase", _("erase it"))],
        ),
        "prefix": (_("Before every number"), _("no prefix"), []),
    }


def _found(value: Any) -> str:
    return _("found: %(value)s") % {"value": value} if value else _("by the evidence")


def delimiter_titles() -> dict[str, str]:
    """What people call the signs between cells."""
    return {
        ",": _("comma"),
        ";": _("semicolon"),
        "\t": _("tab"),
        "|": _("vertical bar"),
    }


class MappingForm(forms.Form):
    """Which column each heading of a file stands for."""

    def __init__(self, record: Import, data: Any = None) -> None:
        super().__init__(data)
        self.record, self.preview = record, record.preview
        self.kind = record.kind
        more = reading.keeps_more(self.kind)
        self.own = _own_fields() if more else {}
        choices = _choices(self.kind, self.own)
        guess = self.preview["mapping"]
        self.headings = _shown(self.preview["headings"], guess)
        for place, heading in enumerate(self.headings):
            nothing = [(LEAVE_OUT, _("– leave out –"))]
            if more and heading not in guess:
                nothing.insert(0, (KEEP, _("Keep as a further field")))
            field = forms.ChoiceField(choices=[*nothing, *choices], required=False)
            field.widget.attrs |= {"class": "form-select form-select-sm", "aria-label": heading}
            field.initial = self._now(heading, keeps=more)
            self.fields[f"column-{place}"] = field

    def _now(self, heading: str, *, keeps: bool) -> str:
        mapping = self.record.mapping
        if mapping.get(heading):
            return str(mapping[heading])
        dropped = heading in mapping or not keeps or heading in self.preview["mapping"]
        return LEAVE_OUT if dropped else self._own(heading)

    def _own(self, heading: str) -> str:
        """The company's own field of this name, else that the heading is kept as it is called."""
        said = heading.strip().casefold()
        for column, field in self.own.items():
            if said in {one.casefold() for one in field.headings}:
                return column
        return KEEP

    def rows(self) -> list[dict[str, Any]]:
        """Each heading with its first values and its field."""
        return [
            {
                "heading": heading,
                "values": _values(self.preview["sample"], heading),
                "field": self[f"column-{place}"],
            }
            for place, heading in enumerate(self.headings)
        ]

    @property
    def hidden(self) -> int:
        """How many headings of a very wide file are not shown."""
        return len(self.preview["headings"]) - len(self.headings)

    @property
    def chosen(self) -> dict[str, str | None]:
        """Heading → column as the fields say, also when that will not do."""
        source = self.cleaned_data if self.is_bound else {}
        told = {
            heading: source.get(name, "") if self.is_bound else self[name].initial
            for name, heading in ((f"column-{n}", h) for n, h in enumerate(self.headings))
        }
        return {heading: column or None for heading, column in told.items() if column != KEEP}

    def needs(self) -> list[reading.Need]:
        """What every row must have, and whether it is supplied."""
        return reading.needs(self.kind, self.chosen) if self.kind else []

    def twice(self) -> list[tuple[str, list[str]]]:
        """Columns that several headings are mapped to, with those headings."""
        titles = {one.name: one.title for one in reading.columns(self.kind)} if self.kind else {}
        titles |= {column: field.name for column, field in self.own.items()}
        by_column: dict[str, list[str]] = {}
        for heading, column in self.chosen.items():
            if column:
                by_column.setdefault(column, []).append(heading)
        return [
            (titles.get(name, name), found) for name, found in by_column.items() if len(found) > 1
        ]

    def will_do(self) -> bool:
        """Whether nothing is missing and nothing is given twice."""
        return not self.twice() and all(need.met for need in self.needs())

    def clean(self) -> dict[str, Any]:
        for need in self.needs():
            if not need.met:
                raise ValidationError(_("No heading gives: %(column)s.") % {"column": need.title})
        for title, headings in self.twice():
            told = {"column": title, "headings": ", ".join(headings)}
            raise ValidationError(
                _("%(column)s is given by several headings: %(headings)s.") % told
            )
        return self.cleaned_data


def _own_fields() -> dict[str, CustomField]:
    """The fields that the company defined, by what they are called among columns."""
    return {f"{reading.ATTRIBUTE}{one.attribute}": one for one in fields()}


def _choices(kind: str, own: Mapping[str, CustomField]) -> list[tuple[str, list[tuple[str, str]]]]:
    if not kind:
        return []
    columns = reading.columns(kind)
    needed = [(one.name, f"{one.title} *") for one in columns if one.required]
    others = [(one.name, one.title) for one in columns if not one.required]
    found = [(_("Required"), needed)]
    if own:
        found.append((_("Fields of your own"), [(name, one.name) for name, one in own.items()]))
    return [*found, (_("Further columns"), others)]


def _shown(headings: list[str], guess: dict[str, str]) -> list[str]:
    if len(headings) <= MOST_HEADINGS:
        return headings
    room = MOST_HEADINGS - len(guess)
    others = [heading for heading in headings if heading not in guess][: max(room, 0)]
    return [heading for heading in headings if heading in guess or heading in others]


def _values(sample: list[dict[str, str | None]], heading: str) -> list[str]:
    found = dict.fromkeys(str(row.get(heading)) for row in sample if row.get(heading))
    return list(found)[:3]
