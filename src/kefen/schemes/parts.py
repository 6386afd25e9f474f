"""The parts of a scheme document that every method shares: words, conditions, definitions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    field_validator,
)

from kefen.period import PeriodError, Window

Better = Literal["higher", "lower"]
Aggregate = Literal[
    "sum",
    "mean",
    "median",
    "deviation",
    "quantile",
    "min",
    "max",
    "count",
    "distinct",
    "share",
    "first",
    "last",
]


def _whole(number: float) -> int | float:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _window(text: object) -> str:
    try:
        return str(Window.parse(str(text)))
    except PeriodError:
        raise ValueError("bad-window") from None


def _reference(text: str) -> str:
    name, at, window = text.strip().partition("@")
    return f"{name.strip()}@{_window(window)}" if at else name.strip()


def share_of(value: object) -> object:
    """A share as a number: `75%` is 0.75.

    Raises:
        ValueError: `not-a-share` for anything but a number or a percentage.
    """
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return float(Decimal(value.strip()[:-1].strip()) / 100)
        except (InvalidOperation, ValueError, OverflowError):
            raise ValueError("not-a-share") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not-a-share")  # noqa: TRY004  pydantic collects ValueError only
    return value


Amount = Annotated[StrictInt | StrictFloat, Field(allow_inf_nan=False), AfterValidator(_whole)]
"""A plain number as written in a document; `80` and `80.0` are the same."""

Share = Annotated[
    StrictInt | StrictFloat, BeforeValidator(share_of), Field(ge=0, le=1), AfterValidator(_whole)
]
"""A part of the whole: `0.75` or `75%`."""

Span = Annotated[str, BeforeValidator(_window)]
"""A window: `12m`, `90d`, `all`."""

Reference = Annotated[str, AfterValidator(_reference), Field(min_length=1)]
"""An indicator over the scheme's window (`sales`) or over its own (`sales@24m`)."""


class Part(BaseModel):
    """A part of a scheme document: unknown fields are faults, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Words(Part):
    """The same words in both languages."""

    zh: str
    en: str

    def of(self, lang: str) -> str:
        """The words in `lang`."""
        return self.zh if lang.startswith("zh") else self.en


class ClassPart(Part):
    """One class; the best comes first in the document."""

    key: str = Field(pattern=r"^[\w][\w.+-]{0,39}$")
    title: Words
    description: Words | None = None
    color: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")


def _bound(value: object) -> object:
    """A number or the text of a date; YAML reads dates as dates."""
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            raise ValueError("bad-bound") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError("bad-bound")
    return _whole(value)


def _word(value: object) -> object:
    """A text, a number, a date or yes or no, to be equal to."""
    if isinstance(value, str) and not value.strip():
        raise ValueError("blank-word")
    return value if isinstance(value, bool | str) else _bound(value)


Bound = Annotated[int | float | str, BeforeValidator(_bound)]
"""A number, or a date as `2026-01-31`."""

Word = Annotated[bool | int | float | str, BeforeValidator(_word)]
"""What an attribute or indicator may be equal to."""


class Condition(Part):
    """A test on one attribute or indicator, or a group of tests.

    Exactly one of `all`, `any`, `not`, `attribute`, `indicator`; the latter two with at least
    one test. Where several tests stand together all must hold, but `is` and `in` are one list.
    What is not known passes no test but `missing: true`.

    Attributes:
        attribute: a customer attribute, declared or of the user's own file; in the `where` of a
            user-defined indicator, a column of the fact.
        equals: `is`: the same text, number, date, yes or no.
        among: `in`: any of these.
        contains: text that holds one of these words; capitals do not matter.
        missing: `true` when nothing is known, `false` when something is.
        at_least, at_most, above, below: bounds of a number or a date.
    """

    all: list[Condition] | None = Field(default=None, min_length=1)
    any: list[Condition] | None = Field(default=None, min_length=1)
    negated: Condition | None = Field(default=None, alias="not")
    attribute: str | None = Field(default=None, min_length=1)
    indicator: Reference | None = None
    equals: Word | None = Field(default=None, alias="is")
    among: list[Word] | None = Field(default=None, alias="in", min_length=1)
    contains: list[Word] | None = Field(default=None, min_length=1)
    missing: bool | None = None
    at_least: Bound | None = None
    at_most: Bound | None = None
    above: Bound | None = None
    below: Bound | None = None

    def parts(self) -> list[Condition]:
        """This condition and every one inside it."""
        inner = [*(self.all or []), *(self.any or []), *([self.negated] if self.negated else [])]
        return [self, *(deep for part in inner for deep in part.parts())]

    @field_validator("contains", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def wanted(self) -> list[bool | int | float | str] | None:
        """What `is` and `in` together allow; None when neither is there."""
        if self.equals is None and self.among is None:
            return None
        return [*([] if self.equals is None else [self.equals]), *(self.among or [])]


class Cap(Part):
    """Whoever meets `when` is in `at_most` or a worse class, for this reason."""

    when: Condition
    at_most: str
    reason: Words


def _margin(value: object) -> object:
    if isinstance(value, str) and value.strip().endswith("%"):
        share = share_of(value)
        if isinstance(share, float) and share >= 1:
            raise ValueError("bad-margin")
        return share
    return value


class Hysteresis(Part):
    """What a downgrade needs beyond being computed; upgrades come at once. One of the two:

    Attributes:
        runs: it must be computed in so many runs in a row.
        margin: the bound of the class must be missed by more than this: `5%` or 0.05 of the
            bound, or from 1 on in the unit of what is cut, as 3 points of a score.
    """

    runs: Annotated[int, Field(ge=2, le=100, strict=True)] | None = None
    margin: Annotated[Amount, Field(gt=0), BeforeValidator(_margin)] | None = None

    def slack(self, cut: Decimal) -> Decimal:
        """How far below a cut the margin reaches."""
        margin = Decimal(repr(self.margin or 0))
        return abs(cut) * margin if margin < 1 else margin


class Ratio(Part):
    """One indicator divided by another; missing where `to` is zero or either is missing."""

    of: Reference
    to: Reference


class Definition(Part):
    """An indicator of the scheme's own: facts of one kind, those that count, and their aggregate;
    or arithmetic on other indicators.

    Exactly one of `fact`, `formula` and `ratio` is there.

    Attributes:
        name: what the document calls it afterwards, wherever an indicator may stand.
        fact: the kind of fact, such as `order_lines`.
        where: which of the facts count; `attribute` is a column of the fact, or a part of a date
            such as `ordered_on.weekday`.
        aggregate: what becomes of them; `share` is the part that meets `where` of all facts, or
            of the sum of `column` over all.
        at: of the aggregate `quantile`, which: 0.9 or `90%`.
        column: what is added up or looked at. Of customers, `attributes.<name>` is one of the
            other attributes.
        per: facts with the same value of this column are one before `aggregate` looks at them,
            such as the lines of an order by `order_id`; facts without a value are left out.
        each: what becomes of the facts of one `per`; without a column they are counted.
        formula: arithmetic on indicators, such as `sales / orders`.
        ratio: one indicator divided by another.
        window: when the facts happened; default the scheme's window, or the reference's own.
        unit: of the result. A date in `days` is the days from it to the as-of date.
        better: whether higher or lower is better, where either is.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: Words
    fact: str | None = None
    where: Condition | None = None
    aggregate: Aggregate | None = None
    at: Share | None = None
    column: str | None = None
    per: str | None = None
    each: Literal["sum", "count", "distinct", "mean", "min", "max"] = "sum"
    formula: str | None = None
    ratio: Ratio | None = None
    window: Span | None = None
    unit: Literal["money", "days", "count", "ratio", "quantity", "text", "date"]
    better: Better | None = None

    @property
    def arithmetic(self) -> str | None:
        """The formula, that of a ratio too; None where facts are aggregated."""
        return f"{self.ratio.of} / {self.ratio.to}" if self.ratio is not None else self.formula
