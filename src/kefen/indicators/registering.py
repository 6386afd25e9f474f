"""Indicators brought by a running program, such as a notebook."""

from __future__ import annotations

from datetime import date
from inspect import signature
from itertools import count
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from kefen.errors import IndicatorError
from kefen.indicators.base import Indicator, Provider
from kefen.indicators.catalogue import add

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kefen.indicators.base import Unit

_NUMBERS: Final = count(1)
_BETTER: Final = ("higher", "lower", None)
_LONGEST: Final = 80


def register(
    name: str,
    table: Callable[..., Any],
    *,
    unit: Unit = "quantity",
    label: str | Mapping[str, str] = "",
    needs: Mapping[str, tuple[str, ...]] | None = None,
    windowed: bool = True,
    better: str | None = "higher",
    formula: str | Mapping[str, str] = "",
    absent: float | str | None = None,
) -> Indicator:
    """Make an indicator known to this program: schemes may speak of it at once.

    A name registered before is replaced, so that a cell may be run again. Whoever opens a run of
    such a scheme later registers the indicator first; a package brings it for good by an entry
    point of the group `kefen.indicators`.

    Args:
        name: small letters, digits and `_`.
        table: `table(ledger, as_of, window)` gives a frame of pandas, Polars, Arrow or Ibis with
            `customer_id`, each at most once, and a column of this name. It counts facts before
            `as_of` only; `window.start(as_of)` is the first day of the window, None for all
            history.
        unit: `money`, `days`, `count`, `ratio`, `quantity`, `text` or `date`.
        label: what people call it, in one language or `{"zh": …, "en": …}`; default the name.
        needs: the tables it reads and the columns of each; without any of them it is unknown.
        windowed: whether the window matters.
        better: `higher`, `lower`, or None where neither is.
        formula: how it is computed, in words; default the label.
        absent: what a customer has whom `table` leaves out, such as 0 of a count.

    Raises:
        IndicatorError: `bad-indicator` for a name or unit that cannot be; `indicator-name-taken`
            where Kefen or a plug-in has one of this name; `indicator-needs-unknown` for a table or
            column that no ledger has; `indicator-not-function` where `table`
            cannot be called so; `indicator-bad-option` for another `better`, or an `absent` that
            the unit cannot have.

    What `table` gives is looked over when it is asked for: see `compute`.
    """
    _check(name, table, unit, better, absent)
    words = _words(label or name)
    indicator = Indicator(
        name=name,
        label=words,
        unit=unit,
        kind="date" if unit == "date" else "label" if unit == "text" else "number",
        needs=needs or {},
        windowed=windowed,
        higher_is_better=None if better is None else better == "higher",
        formula=_words(formula) if formula else words,
        source="",
        provider=Provider(f"registered.{name}.{next(_NUMBERS)}", table),
        absent=absent,
    )
    add(indicator)
    return indicator


def _check(name: str, table: object, unit: str, better: str | None, absent: object) -> None:
    """Refuse what would be noticed when the indicator is asked for, or never."""
    if not _takes_three(table):
        raise IndicatorError("indicator-not-function", name=name, value=repr(table)[:_LONGEST])
    if better not in _BETTER:
        allowed = [str(one) for one in _BETTER]
        data = {"option": "better", "value": repr(better), "allowed": allowed}
        raise IndicatorError("indicator-bad-option", name=name, **data)
    kind: type | tuple[type, ...] = {"text": str, "date": date}.get(unit, (int, float))
    fits = isinstance(absent, kind) and not isinstance(absent, bool)
    if absent is not None and not (fits and (not isinstance(absent, float) or isfinite(absent))):
        data = {"option": "absent", "value": repr(absent), "allowed": [unit]}
        raise IndicatorError("indicator-bad-option", name=name, **data)


def _takes_three(table: object) -> bool:
    """Whether it can be called with a ledger, a date and a window."""
    if not callable(table):
        return False
    try:
        signature(table).bind(None, None, None)
    except TypeError:
        return False
    except ValueError:  # what is built in does not tell
        return True
    return True


def _words(given: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"zh": given, "en": given} if isinstance(given, str) else given
