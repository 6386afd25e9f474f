"""Known exports of shops, tills, accounts and sales programs, recognised by their headings.

A layout says what general words cannot: which of several sums the customer paid, which of several
dates is the day of the sale, what names the customer. The YAML files beside this module hold one
entry a layout:

    shopify-orders:
      title: {en: Shopify orders, zh: Shopify 订单}
      signature: Financial Status | Lineitem name | Created at
      kind: orders
      columns:
        order_id: Name
        customer_name: Billing Name | Shipping Name

`signature` are headings that must all be there; several signatures stand in a list. A column names
the headings that feed it; the first that the file has is taken. `date_order` says how the program
writes dates, `counts` and `counts_not` what its own words for the status of an order mean where
they differ from common use, `care` what a person should know.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

import yaml

from kefen.ledger.facts import KINDS
from kefen.ledger.reading.normal import whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.dates import Order

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class KnownLayout:
    """One known export. `signatures` hold normalised headings, `columns` headings as written."""

    name: str
    title: Mapping[str, str]
    kind: Kind
    signatures: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    date_order: Order | None = None
    care: Mapping[str, str] | None = None
    statuses: Mapping[str, bool] = field(default_factory=dict)
    returns: frozenset[str] = frozenset()

    def mapping(self, headings: Sequence[str]) -> dict[str, str]:
        """`{heading: column}` for a file with these headings."""
        present = {whole(heading): heading for heading in reversed(headings)}
        found: dict[str, str] = {}
        for column, names in self.columns.items():
            known = [present[whole(name)] for name in names if whole(name) in present]
            taken = next((heading for heading in known if heading not in found), None)
            if taken is not None:
                found[taken] = column
        return {heading: found[heading] for heading in headings if heading in found}


def recognise(headings: Iterable[str], kind: Kind | None = None) -> KnownLayout | None:
    """The known export that has these headings; of several the one that names most of them.

    `kind` leaves out the layouts of other kinds.
    """
    present = {whole(heading) for heading in headings}
    best: tuple[int, KnownLayout] | None = None
    for layout in known_layouts():
        if kind is not None and layout.kind is not kind:
            continue
        size = max((len(one) for one in layout.signatures if one <= present), default=0)
        if size and (best is None or size > best[0]):
            best = size, layout
    return best[1] if best else None


@cache
def known_layouts() -> tuple[KnownLayout, ...]:
    """Every known export."""
    return tuple(
        _layout(name, entry)
        for file in sorted(files(__name__).iterdir(), key=lambda file: file.name)
        if file.name.endswith(".yaml")
        for name, entry in yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER).items()  # noqa: S506  # both are safe
    )


def _layout(name: str, entry: Mapping[str, Any]) -> KnownLayout:
    written = entry["signature"]
    signatures = [written] if isinstance(written, str) else written
    return KnownLayout(
        name,
        entry["title"],
        KINDS[entry["kind"]],
        tuple(frozenset(map(whole, _split(signature))) for signature in signatures),
        {column: tuple(_split(names)) for column, names in entry["columns"].items()},
        cast("Order | None", entry.get("date_order")),
        entry.get("care"),
        {word: True for word in _split(entry.get("counts", "")) if word}
        | {word: False for word in _split(entry.get("counts_not", "")) if word},
        frozenset(word for word in _split(entry.get("returns", "")) if word),
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split("|")]
