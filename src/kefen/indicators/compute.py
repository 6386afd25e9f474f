"""Computes indicators: plan the passes, group each once, join them, then the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kefen.deferred import ibis
from kefen.engines.base import shaped
from kefen.errors import IndicatorError
from kefen.indicators.catalogue import definition, find
from kefen.indicators.facts import Facts
from kefen.indicators.folded_facts import facts_of_everybody
from kefen.indicators.measures import MEASURES
from kefen.indicators.provided import Provided
from kefen.indicators.scans import plan
from kefen.indicators.tables import TYPES
from kefen.indicators.windowed_measure import Role
from kefen.period import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Embedded, Engine
    from kefen.indicators.base import Indicator, Ledger, Provider
    from kefen.indicators.facts import FactSource
    from kefen.indicators.provided import Strangers
    from kefen.indicators.scans import Part, Pass

    Tick = Callable[[int, int], object]

_KEY: Final = "customer_id"
_COPIED: Final = "copied_measures"
_TOTAL: Final = "decimal(38, 2)"


class Given(NamedTuple):
    """A column of a provider's table over a window."""

    provider: Provider
    window: Window
    name: str


Source = tuple["Provider", Window]
"""A provider and the window it was asked for."""


@dataclass(frozen=True)
class Asked:
    """A request with its indicator and the days each of its parts covers."""

    column: str
    indicator: Indicator
    window: Window
    as_of: date

    @property
    def given(self) -> Given | None:
        """The provider's column, where one computes this; without a window, over all history."""
        indicator = self.indicator
        if indicator.provider is None:
            return None
        window = self.window if indicator.windowed else Window(None)
        return Given(indicator.provider, window, indicator.name)

    def roles(self) -> dict[str, Role]:
        """What the arithmetic calls each part, and what it is."""
        return {
            measure if span == "window" else f"{measure}.{span}": Role.of(
                measure, span, self.window
            )
            for measure, span in self.indicator.parts
        }

    def operands(self) -> dict[str, Asked]:
        """What the arithmetic calls each indicator that this one is computed from."""
        return {
            name: replace(self, indicator=of, window=window or self.window)
            for name, of, window in self.indicator.operands
        }

    def leaves(self) -> list[Asked]:
        """This, or all that it is computed from down to what the facts give."""
        inner = self.operands().values()
        return [leaf for one in inner for leaf in one.leaves()] if inner else [self]

    def parts(self) -> dict[str, Part | None]:
        """What the arithmetic calls each part, and which measure of which days it is."""
        found = {name: (role, role.days(self.as_of)) for name, role in self.roles().items()}
        return {name: days and (role.measure, days) for name, (role, days) in found.items()}


@dataclass(frozen=True)
class Measured:
    """The measures of every customer, kept on the engine: indicators are arithmetic over them."""

    engine: Engine
    as_of: date
    table: ir.Table
    names: Mapping[Part, str]
    given: Mapping[Given, str]
    began: date | None = None
    unknown: Mapping[Source, Strangers] = field(default_factory=dict)

    def strangers(self, requests: Sequence[Any]) -> list[Strangers]:
        """The customers that providers of these requests gave and the ledger does not know."""
        given = (one.given for one in _leaves(_asked(requests, self.as_of, twice=True)))
        sources = dict.fromkeys((one.provider, one.window) for one in given if one)
        return [self.unknown[source] for source in sources if source in self.unknown]

    def holds(self, requests: Sequence[Any]) -> bool:
        """Whether these requests need nothing that is not here."""
        asked = _leaves(_asked(requests, self.as_of, twice=True))
        if any(one.given and one.given not in self.given for one in asked):
            return False
        return all(part in self.names for part in _needed(asked))

    def indicators(self, requests: Sequence[Any], population: ir.Table | None = None) -> ir.Table:
        """`customer_id` and one column for each request, for all or the given customers."""
        asked, rows = _asked(requests, self.as_of), self.table
        if population is not None:
            rows = rows.semi_join(population, _KEY)
        totals = self._population_sales(rows, asked)
        return rows.select(_KEY, **{a.column: self._value(a, rows, totals) for a in asked})

    def on(self, engine: Embedded) -> Measured:
        """The same measures, copied to an engine in this process."""
        engine.put(_COPIED, self.engine.fetch(self.table))
        table = shaped(engine.temporary(_COPIED), self.table.schema())
        return replace(self, engine=engine, table=table)

    def drop(self) -> None:
        """Give back the memory; indicators made from here can no longer be read."""
        self.engine.drop(self.table)

    def _value(self, one: Asked, rows: ir.Table, totals: Mapping[str, Any]) -> ir.Value:
        if not one.indicator.covered(self.began, one.window, one.as_of):
            return ibis.null(TYPES[one.indicator.unit])
        if operands := one.operands():
            found = {name: self._value(each, rows, totals) for name, each in operands.items()}
            return one.indicator.value(found)
        if one.given:
            return self._provided(one, self.given[one.given], rows)
        values: dict[str, Any] = {"as_of": ibis.literal(one.as_of)}
        for name, part in one.parts().items():
            if name == "population_sales":
                values[name] = totals[str(one.window)]
            elif part is not None and self.names[part] in rows.columns:
                values[name] = rows[self.names[part]]
            else:
                values[name] = ibis.null(MEASURES[name.partition(".")[0]].type)
        return one.indicator.value(values)

    def _provided(self, one: Asked, column: str, rows: ir.Table) -> ir.Value:
        if column not in rows.columns:
            return ibis.null(TYPES[one.indicator.unit])
        value = rows[column]
        absent = one.indicator.absent
        if absent is None:
            return value
        if isinstance(absent, float) and value.type().is_integer() and not absent.is_integer():
            value = value.cast("float64")
        return value.fill_null(ibis.literal(absent).cast(value.type()))

    def _population_sales(self, rows: ir.Table, asked: Sequence[Asked]) -> dict[str, Any]:
        """Positive sales of the population over each window that a share is asked of."""
        leaves = _leaves(asked)
        shares = {str(a.window): a for a in leaves if a.indicator.name == "share_of_sales"}
        if not shares:
            return {}
        sales = {
            w: self._value(replace(a, indicator=find("sales")), rows, {}) for w, a in shares.items()
        }
        sums = {w: value.sum(where=value > 0).cast(_TOTAL) for w, value in sales.items()}
        [row] = self.engine.rows(rows.aggregate(**sums))
        return {w: ibis.literal(row[w] or 0, _TOTAL) for w in shares}


def compute(
    ledger: Ledger,
    requests: Sequence[Any],
    as_of: date,
    population: ir.Table | None = None,
) -> ir.Table:
    """Indicators of every customer: `customer_id` and one column for each request.

    Args:
        ledger: where the facts are.
        requests: `Request`s, or anything with `indicator`, `window` and `column`.
        as_of: facts of this day and later do not count.
        population: customers to compute for (a table with `customer_id`); default all.

    The facts are read here, once; the table handed back is arithmetic over what they came to,
    so reading it again is cheap.

    Raises:
        IndicatorError: `unknown-indicator`; `indicator-column-twice` when two requests want one
            column; `provider-failed`, `provider-not-table`, `provider-lacks-column`,
            `provider-wrong-type`, `provider-customer-twice`, `provider-infinite`,
            `provider-customers-unknown` for what a provider gives that cannot be taken.
    """
    return measure(ledger, requests, as_of).indicators(requests, population)


def measure(
    ledger: Ledger,
    requests: Sequence[Any],
    as_of: date,
    tick: Tick = lambda _done, _total: None,
    *,
    few: bool = False,
) -> Measured:
    """Read the facts once for all these requests; `tick` is told `(done, total)` passes.

    `few`: of few facts the way of reading them does not depend on what they hold.
    """
    plan = Plan.of(ledger, requests, as_of)
    facts = Facts(ledger, keep=True, few=True) if few else facts_of_everybody(ledger)
    jobs = {**plan.passes(facts), **plan.provided()}
    return plan.measured(gather(ledger.engine, plan.customers(), jobs, facts, tick))


Job = tuple[str, ...]
"""The columns a pass or a provider gives."""


@dataclass(frozen=True)
class Plan:
    """What has to be read for some requests.

    Attributes:
        roles: every measure asked for, by what it is for.
        given: the column of each indicator that a provider computes.
        began: the day of the ledger's first sale, where an indicator compares with earlier ones.
        unknown: customers of providers that the ledger does not know, once these were asked.
    """

    ledger: Ledger
    as_of: date
    roles: Mapping[Role, Part]
    given: Mapping[Given, str]
    tables: Mapping[Source, Mapping[str, Indicator]]
    began: date | None = None
    unknown: dict[Source, Strangers] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger: Ledger, requests: Sequence[Any], as_of: date) -> Plan:
        """The plan; what is asked for is looked up, no fact is read."""
        asked = _leaves(_asked(requests, as_of))
        roles = dict.fromkeys(role for one in asked for role in one.roles().values())
        began = ledger.began() if compares(requests) else None
        return cls(ledger, as_of, _parts(roles, as_of), *_provided(ledger, asked), began)

    @property
    def names(self) -> dict[Part, str]:
        """The column of each measure, called by its first role."""
        names: dict[Part, str] = {}
        for role, part in self.roles.items():
            names.setdefault(part, role.name)
        return names

    def customers(self) -> ir.Table:
        """Those that measures are taken of."""
        return self.ledger.table("customers").select(_KEY)

    def passes(self, facts: FactSource) -> dict[Job, Callable[[Engine], ir.Table]]:
        """The groupings of these facts, by the columns they give."""
        forms = {_form(part, facts): name for part, name in self.names.items()}
        has_returns = facts.has_returns
        return {
            tuple(forms[part] for part in one.parts): partial(_grouped, one, facts, forms)
            for one in plan(forms)
            if one.source != "returns" or has_returns
        }

    def provided(self) -> dict[Job, Callable[[Engine], ir.Table]]:
        """The tables of providers, by the columns they give."""
        return {
            tuple(columns): Provided(
                self.ledger, self.as_of, *source, columns, partial(self.unknown.__setitem__, source)
            ).materialise
            for source, columns in self.tables.items()
        }

    def measured(self, table: ir.Table) -> Measured:
        """What has been read."""
        return Measured(
            self.ledger.engine,
            self.as_of,
            table,
            self.names,
            self.given,
            self.began,
            dict(self.unknown),
        )


def gather(
    engine: Engine,
    customers: ir.Table,
    jobs: Mapping[Job, Callable[[Engine], ir.Table]],
    facts: FactSource,
    tick: Tick,
) -> ir.Table:
    """The columns of `customers` and of all jobs, kept on the engine.

    Each job is kept before the next begins: one big query would hold the hash tables of all
    passes at once.
    """
    joined, tables = customers, []
    for number, job in enumerate(jobs.values()):
        key = f"key_{number}"
        totals = job(engine)
        keyed = totals.rename({key: _KEY})
        joined = joined.left_join(keyed, joined[_KEY] == keyed[key])
        tables.append(totals)
        tick(number + 1, len(jobs) + 1)
    kept = [column for columns in jobs for column in columns]
    table = engine.materialise(joined.select(*customers.columns, *kept))
    for spent in [*tables, *facts.cached_tables()]:
        engine.drop(spent)
    tick(len(jobs) + 1, len(jobs) + 1)
    return table


def compares(requests: Sequence[Any]) -> bool:
    """Whether any of these hold sales against earlier ones."""
    leaves = (leaf for one in requests for leaf in _made_of(definition(one)))
    return any(leaf.compares for leaf in leaves)


def _made_of(indicator: Indicator) -> list[Indicator]:
    inner = [leaf for one in indicator.operands for leaf in _made_of(one.indicator)]
    return inner or [indicator]


def _provided(
    ledger: Ledger, asked: Sequence[Asked]
) -> tuple[dict[Given, str], dict[Source, dict[str, Indicator]]]:
    """What the column of each given indicator is called, and which tables are to be asked for.

    A provider whose facts the ledger has none of is not asked.
    """
    given: dict[Given, str] = {}
    tables: dict[Source, dict[str, Indicator]] = {}
    for one in asked:
        if one.given is None or one.given in given:
            continue
        column = given[one.given] = f"given_{len(given)}"
        if _has_facts(ledger, one.indicator):
            asked_for = (one.given.provider, one.given.window)
            tables.setdefault(asked_for, {})[column] = one.indicator
    return given, tables


def _has_facts(ledger: Ledger, indicator: Indicator) -> bool:
    """Whether any of the facts an indicator reads exist; customers alone say nothing more."""
    kinds = [kind for kind in indicator.needs if kind != "customers"]
    return not kinds or any(ledger.count(kind) > 0 for kind in kinds)


def _grouped(one: Pass, facts: FactSource, forms: dict[Part, str], engine: Engine) -> ir.Table:
    return engine.materialise(one.grouped(facts, forms))


def _parts(roles: Iterable[Role], as_of: date) -> dict[Role, Part]:
    days = {role: role.days(as_of) for role in roles if role.measure in MEASURES}
    return {role: (role.measure, found) for role, found in days.items() if found is not None}


def _form(part: Part, facts: FactSource) -> Part:
    """How a measure is best taken: few categories fit into the bits of one number."""
    measure, days = part
    if measure == "categories" and facts.categories is not None:
        return ("category_bits", days)
    return part


def _asked(requests: Sequence[Any], as_of: date, *, twice: bool = False) -> list[Asked]:
    asked = [Asked(r.column, definition(r), r.window, as_of) for r in requests]
    seen = {_KEY}
    if twice:
        return asked
    for one in asked:
        if one.column in seen:
            raise IndicatorError("indicator-column-twice", column=one.column)
        seen.add(one.column)
    return asked


def _leaves(asked: Iterable[Asked]) -> list[Asked]:
    return [leaf for one in asked for leaf in one.leaves()]


def _needed(asked: Sequence[Asked]) -> list[Part]:
    parts = [part for one in asked for part in one.parts().values()]
    return [part for part in dict.fromkeys(parts) if part is not None and part[0] in MEASURES]
