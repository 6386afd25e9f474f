"""The rows of a table as HTML, with what is the same in every row worked out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django_tables2.utils import signature

if TYPE_CHECKING:
    from django.utils.safestring import SafeString


def table_rows(table: Any) -> SafeString:
    """The `<tr>` of each row of the page that a table shows."""
    columns = [_Cells(column) for column in table.columns]
    return format_html_join(
        "\n",
        "<tr {}>{}</tr>",
        (
            (
                row.attrs.as_html(),
                format_html_join("", "{}{}</td>", (column.of(row) for column in columns)),
            )
            for row in table.paginated_rows
        ),
    )


class _Cells:
    """The cells of a column: their opening tag, and how they are rendered."""

    def __init__(self, bound: Any) -> None:
        self.bound = bound
        column = bound.column
        told = column.attrs.get("td", column.attrs.get("cell", {}))
        self._same = not any(callable(value) for value in told.values())
        self._opening = self._tag() if self._same else None
        self._accessor = str(bound.accessor)
        self._plain: dict[type, bool] = {}
        names, _rest = signature(bound.render)
        self._wants = names
        self._ordinary = not (
            bound.link or isinstance(column, tables.ManyToManyColumn) or _rest is not None
        )

    def of(self, row: Any) -> tuple[SafeString, Any]:
        """The opening tag and the content of the cell in a row."""
        content = self._content(row)
        if self._opening is not None:
            return self._opening, self._shown(content)
        self.bound.current_value, self.bound.current_record = content, row.record
        return self._tag(), self._shown(content)

    def _content(self, row: Any) -> Any:
        record, bound = row.record, self.bound
        kind = type(record)
        if kind not in self._plain:
            self._plain[kind] = self._ordinary and _is_plain(kind, self._accessor)
        if not self._plain[kind]:
            return row.get_cell(bound.name)
        value = getattr(record, self._accessor, None)
        if value in bound.column.empty_values:
            return bound.default
        known = {
            "value": value,
            "record": record,
            "column": bound.column,
            "bound_column": bound,
            "bound_row": row,
            "table": row.table,
        }
        return bound.render(**{name: known[name] for name in self._wants})

    def _shown(self, content: Any) -> Any:
        if isinstance(content, str):
            return content
        return str(localize(content, use_l10n=bool(self.bound.localize)))

    def _tag(self) -> SafeString:
        attrs = self.bound.attrs["td"]
        return format_html('<td {} data-label="{}">', attrs.as_html(), self.bound.header)


def _is_plain(kind: type, name: str) -> bool:
    """Whether a column of records of this kind is an attribute that nothing else is shown for."""
    if not issubclass(kind, Model) or "__" in name or "." in name:
        return False
    if callable(getattr(kind, name, None)):
        return False
    try:
        field = kind._meta.get_field(name)  # noqa: SLF001  # Django documents it for use
    except FieldDoesNotExist:
        return True
    return not getattr(field, "choices", None)
