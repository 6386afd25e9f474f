"""The rows of a table as HTML, with what is the same in every row worked out once."""

from __future__ import annotations

import html
from typing import Any

import django_tables2 as tables
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django_tables2.utils import signature


def table_rows(table: Any) -> SafeString:
    """The `<tr>` of each row of the page that a table shows."""
    columns = [_Cells(column) for column in table.columns]
    # Every part is HTML by then, and a list has hundreds of them.
    return SafeString("\n".join(_row(row, columns) for row in table.paginated_rows))


def _row(row: Any, columns: list[_Cells]) -> str:
    return f"<tr {row.attrs.as_html()}>{''.join(column.of(row) for column in columns)}</tr>"


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

    def of(self, row: Any) -> str:
        """The cell in a row, as HTML."""
        content = self._content(row)
        opening = self._opening
        if opening is None:
            self.bound.current_value, self.bound.current_record = content, row.record
            opening = self._tag()
        return f"{opening}{self._shown(content)}</td>"

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

    def _shown(self, content: Any) -> str:
        """The content as HTML."""
        if not isinstance(content, str):
            content = str(localize(content, use_l10n=bool(self.bound.localize)))
        return content if isinstance(content, SafeString) else html.escape(content)

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
