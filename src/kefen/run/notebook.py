"""How a run looks in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kefen import formats
from kefen.schemes.lapse import called

if TYPE_CHECKING:
    from kefen.run.record import Run


def card(run: Run) -> str:
    """The counts of a run as an HTML table."""
    title = f"{run.scheme.title.zh} · {run.scheme.title.en}"
    head = f"<strong>{escape(title)}</strong> {run.as_of} <code>{escape(run.id)}</code>"
    if run.reason:
        return f"<p>{head}: {run.status}, {escape(str(run.reason['code']))}</p>"
    rows = "".join(
        f"<tr><td>{escape(called(count))}</td><td>{count['customers']:,}</td>"
        f"<td>{formats.percent(count['share_of_customers'])}</td><td>{count['value']:,.2f}</td>"
        f"<td>{formats.percent(count['share_of_value'])}</td></tr>"
        for count in run.counts
    )
    names = "".join(f"<th>{name}</th>" for name in ("class", "customers", "%", "value", "%"))
    return f"<p>{head}</p><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"
