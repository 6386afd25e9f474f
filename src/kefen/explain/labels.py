"""What explanations call the columns a scheme reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import formats, indicators
from kefen.ledger.facts import KINDS

if TYPE_CHECKING:
    from kefen.indicators import Request
    from kefen.schemes import Scheme

_DECLARED = {column.name: column for column in KINDS["customers"].columns}
_UNITS = {"money": "money", "number": "quantity", "integer": "count", "date": "date"}

_EVER = {"zh": "历来", "en": "ever"}


def _over(request: Request, lang: str) -> str:
    return _EVER[lang] if request.window.length is None else formats.window(request.window, lang)


def labels(scheme: Scheme) -> dict[str, dict[str, Any]]:
    """Of each column: `indicator`, its name in both languages, and `unit`."""
    known = indicators.catalogue()
    found: dict[str, dict[str, Any]] = {}
    for name in scheme.attributes():
        column = _DECLARED.get(name)
        label = dict(column.label) if column else dict.fromkeys(("zh", "en"), name)
        unit = (column.unit or _UNITS.get(column.type, "text")) if column else "text"
        found[scheme.attribute_column(name)] = {"indicator": label, "unit": unit}
    for request in scheme.requests():
        indicator = request.of or known.get(request.indicator)
        label = dict(indicator.label) if indicator else dict.fromkeys(("zh", "en"), request.column)
        if request.column != request.indicator:
            label = {lang: f"{text} ({_over(request, lang)})" for lang, text in label.items()}
        unit = indicator.unit if indicator else "quantity"
        found[request.column] = {"indicator": label, "unit": unit}
    return found
