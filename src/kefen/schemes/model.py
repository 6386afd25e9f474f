"""What a scheme document says: the parts every method shares."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import polars as pl
import yaml
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

from kefen.indicators import Request, find
from kefen.period import PeriodError, Window
from kefen.schemes.definitions import defined
from kefen.schemes.presentation import Presentation
from kefen.shown import Display, Shown

if TYPE_CHECKING:
    from kefen.indicators import Indicator

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

OWN_COLUMNS = (
    *("class", "score", "computed", "held_by", "pending", "standing"),
    *("class_state", "last_purchase", "past_worth"),
)
"""Columns of a run that no attribute may take."""


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

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


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


class Scheme(Shown, Part):
    """A decision written down: who, by which indicators, by which method, into which classes.

    `ranked: false` says that no class is better than another, as with regions and types.
    """

    presentation: ClassVar[Presentation] = Presentation()

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    title: Words
    description: Words | None = None
    method: str
    window: Span = "12m"
    define: list[Definition] = []
    population: Condition | None = None
    minimum: dict[Reference, Amount] = {}
    value: Reference = "sales"
    ranked: bool = True
    caps: list[Cap] = []
    hysteresis: Hysteresis | None = None
    classes: list[ClassPart] = Field(min_length=2)

    def _display(self) -> Display:
        rows = [
            {"key": part.key, "title": part.title.en, "标题": part.title.zh}
            | {
                name: str(value)
                for name, value in part.model_dump(exclude_defaults=True).items()
                if name not in ("key", "title", "description", "color")
            }
            for part in self.classes
        ]
        head = f"Scheme {self.name}: {self.title.en}, {self.method} over {self.window}"
        told = [self.description.en] if self.description else []
        return Display(head, [pl.DataFrame(rows, infer_schema_length=None)], told)

    def references(self) -> list[str]:
        """The indicators the method itself reads, as written in the document."""
        raise NotImplementedError

    def column(self, reference: str) -> str:
        """The table column of an indicator: `sales`, or `sales_24m` for a window of its own."""
        name, _, window = reference.partition("@")
        return name if window in ("", self._window_of(name)) else f"{name}_{window}"

    def definition(self, reference: str) -> Indicator:
        """The indicator of a reference: the scheme's own, else the catalogue's.

        Raises:
            IndicatorError: `unknown-indicator`.
        """
        name = reference.partition("@")[0]
        own = self._definition(name)
        return find(name) if own is None else defined(own, self.define)

    def requests(self) -> list[Request]:
        """Every indicator the scheme needs, each column once."""
        wanted = [*self.references(), self.value, *self.minimum, *self._tested()]
        return list(
            {self.column(reference): self.request(reference) for reference in wanted}.values()
        )

    def demands(self) -> list[tuple[Request, int | float | None]]:
        """What must be known of a customer to be rated, and how much of it; None: any would do."""
        least = [(self.request(name), amount) for name, amount in self.minimum.items()]
        return [*least, *((self.request(name), None) for name in self.references())]

    def request(self, reference: str) -> Request:
        """What to ask for a reference."""
        name, _, window = reference.partition("@")
        own = self._definition(name)
        span = Window.parse(window or self._window_of(name))
        return Request(
            name, span, self.column(reference), defined(own, self.define) if own else None
        )

    def _definition(self, name: str) -> Definition | None:
        return next((own for own in self.define if own.name == name), None)

    def _window_of(self, name: str) -> str:
        own = self._definition(name)
        return (own and own.window) or self.window

    def conditions(self) -> list[Condition]:
        """Every condition on customers that the document states, wherever it does."""
        caps = [cap.when for cap in self.caps]
        return [self.population, *caps] if self.population else caps

    def _tested(self) -> list[str]:
        inside = [part for condition in self.conditions() for part in condition.parts()]
        return [part.indicator for part in inside if part.indicator]

    def attributes(self) -> list[str]:
        """The customer attributes that conditions ask about."""
        inside = [part for condition in self.conditions() for part in condition.parts()]
        return list(dict.fromkeys(part.attribute for part in inside if part.attribute))

    def attribute_column(self, name: str) -> str:
        """The table column of an attribute: its name, unless an indicator's column has that."""
        return f"attribute_{name}" if name in self.taken_columns else name

    @cached_property
    def taken_columns(self) -> frozenset[str]:
        """Columns that no attribute may have."""
        return frozenset((*OWN_COLUMNS, *(request.column for request in self.requests())))

    def keys(self) -> list[str]:
        """Class keys, best first."""
        return [part.key for part in self.classes]

    def class_(self, key: str) -> ClassPart:
        """The class of this key.

        Raises:
            KeyError: when the scheme has no such class.
        """
        for part in self.classes:
            if part.key == key:
                return part
        raise KeyError(key)

    def dump(self) -> dict[str, Any]:
        """The document in its canonical form: what is left at its default is left out."""
        return {
            "method": self.method,
            **self.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        }

    def yaml(self) -> str:
        """The canonical document as YAML."""
        return yaml.safe_dump(self.dump(), allow_unicode=True, sort_keys=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the content; key order, spacing and the way numbers are written are free."""
        text = json.dumps(self.dump(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
