"""How a run looks in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kefen.run.record import Run


def card(run: Run) -> str:
    """The counts of a run as an HTML table."""
    title = f"{run.scheme.title.zh} · {run.scheme.title.en}"
    head = f"<strong>{escape(title)}</strong> {run.as_of} <code>{escape(run.id)}</code>"
    if run.reason:
        return f"<p>{head}: {run.status}, {escape(str(run.reason['code']))}</p>"
    rows = "".join(
        f"<tr><td>{escape(count['class'] or '–')}</td><td>{count['customers']:,}</td>"
        f"<td>{count['share_of_customers']:.1%}</td><td>{count['value']:,.2f}</td>"
        f"<td>{count['share_of_value']:.1%}</td></tr>"
        for count in run.counts
    )
    names = "".join(f"<th>{name}</th>" for name in ("class", "customers", "%", "value", "%"))
    return f"<p>{head}</p><table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"
