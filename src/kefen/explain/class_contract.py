"""A class contract: by which rule and facts a customer has its class, and what would change it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.explain.holds import beside
from kefen.explain.labels import labels
from kefen.explain.numbers import amount
from kefen.explain.standards import rule_texts
from kefen.schemes import METHODS
from kefen.schemes.adjustments import held
from kefen.schemes.rows import number_of
from kefen.shown import Display, Shown, shortened
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from kefen.explain.explanation import Explanation
    from kefen.schemes import Scheme, Standard
    from kefen.schemes.standard import Number

_FIRST, _FACTOR, _STEPS = Decimal("0.001"), Decimal("1.5"), 44
"""A change is looked for at a thousandth of a value, half as much more, and so on; up to 37,000
times the value."""
_DIGITS: Final = {"money": 2, "days": 0, "count": 0, "quantity": 2, "ratio": 4}
_LOWEST: Final = {
    "money": Decimal(0),
    "days": Decimal(0),
    "count": Decimal(0),
    "ratio": Decimal(-1),
}
_MOST_OF_RATIO: Final = Decimal(10)
_HELD: Final = ("standing", "pending")


@dataclass(frozen=True)
class Change:
    """One indicator that alone would change a class.

    Attributes:
        column, label, unit: which indicator.
        value: what it is.
        needed: the nearest value that changes the class, all others as they are.
        class_, title: the class it leads to; None where it would no longer be rated.
    """

    column: str
    label: dict[str, str]
    unit: str
    value: Any
    needed: Any
    class_: str | None
    title: dict[str, str] | None

    def text(self, lang: str = "en") -> str:
        """The change in words."""
        facts = {
            "indicator": self.label[lang],
            "value": amount(self.value, self.unit, lang),
            "needed": amount(self.needed, self.unit, lang, _DIGITS.get(self.unit)),
            "class": self.title[lang] if self.title else sentence("explain-unrated", {}, lang),
        }
        return sentence("contract-change", facts, lang)


@dataclass(frozen=True)
class Fact:
    """What an indicator of the scheme is for this customer; `value` is None where not known."""

    column: str
    label: dict[str, str]
    unit: str
    value: Any

    def text(self, lang: str = "en") -> str:
        """The value in its unit."""
        number = number_of(self.value)
        if number is not None:
            return amount(number, self.unit, lang)
        return sentence("explain-nothing", {}, lang) if self.value is None else str(self.value)


@dataclass(frozen=True)
class Rule:
    """What a class takes, in both languages; `mine` marks the customer's own."""

    class_: str
    title: dict[str, str]
    description: dict[str, str]
    bound: dict[str, str]
    mine: bool


@dataclass(frozen=True, repr=False)
class Contract(Shown):
    """What holds between a company and one customer about its class.

    Attributes:
        customer: the customer's id.
        scheme_title: what the scheme is called.
        as_of: facts of earlier days counted.
        explanation: the arithmetic, and the way to the next class.
        rules: what each class takes, best first.
        facts: the indicators that the scheme reads.
        up: what would lift the class, one indicator at a time; the first better class each reaches.
        down: what would lose it, one indicator at a time.
        until: the last as-of date of the class if nothing more is bought; None where not known.
        falls_to: the title of the class after that day.
        beside: what else holds a class, such as hysteresis and caps, in both languages.
        ranked: whether one class is better than another.
    """

    customer: str
    scheme: str
    scheme_title: dict[str, str]
    as_of: date | None
    explanation: Explanation
    rules: list[Rule] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    up: list[Change] = field(default_factory=list)
    down: list[Change] = field(default_factory=list)
    until: date | None = None
    falls_to: dict[str, str] | None = None
    beside: dict[str, list[str]] = field(default_factory=dict)
    ranked: bool = True

    @property
    def rule(self) -> Rule | None:
        """What the customer's own class takes; None when unrated."""
        return next((one for one in self.rules if one.mine), None)

    def rest(self, lang: str = "en") -> str:
        """How long the class stands if nothing more is bought, in words; empty if not known."""
        if self.until is None:
            return ""
        title = self.falls_to[lang] if self.falls_to else sentence("explain-lapsed", {}, lang)
        return sentence("contract-until", {"until": self.until, "class": title}, lang)

    def text(self, lang: str = "en") -> str:
        """All of it in words, a line each."""
        lang = "zh" if lang.startswith("zh") else "en"
        lines = [f"{self.scheme_title[lang]} · {self.customer}"]
        if self.rule:
            bound = self.rule.bound.get(lang) or self.rule.description.get(lang, "")
            told = {"class": self.rule.title[lang], "bound": bound}
            lines.append(sentence("contract-rule", told, lang))
        lines += [sentence("contract-facts", {}, lang)]
        lines += [f"- {one.label[lang]}: {one.text(lang)}" for one in self.facts]
        lines += [self.explanation.text(lang)]
        for code, changes in (("contract-up", self.up), ("contract-down", self.down)):
            if changes:
                lines += [sentence(code, {}, lang), *(f"- {one.text(lang)}" for one in changes)]
        lines += [self.rest(lang), *self.beside.get(lang, [])]
        return "\n".join(line for line in lines if line)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain data for JSON; money is text that keeps every digit."""
        explanation = self.explanation.to_dict()
        names = ("customer", "scheme", "scheme_title", "as_of", "until", "falls_to", "beside")
        plain = {name: _plain(getattr(self, name)) for name in (*names, "ranked")}
        for name in ("rules", "facts", "up", "down"):
            plain[name] = [_plain(asdict(one)) for one in getattr(self, name)]
            for one in plain[name]:
                if "class_" in one:
                    one["class"] = one.pop("class_")
        return {**plain, "explanation": explanation}

    def _display(self) -> Display:
        rows = [
            {"part": part, "indicator": one.label["en"], "text": one.text()}
            for part, found in (("fact", self.facts), ("up", self.up), ("down", self.down))
            for one in found
        ]
        schema = dict.fromkeys(("part", "indicator", "text"), pl.String)
        head = f"{self.scheme_title['en']} · {self.customer}"
        return Display(head, [pl.DataFrame(rows, schema=schema)])

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return shortened(self.text().splitlines())


def contract(
    scheme: Scheme,
    standard: Standard,
    row: Mapping[str, Any],
    explanation: Explanation,
    as_of: date | None = None,
    *,
    until: date | None = None,
    falls_to: str | None = None,
) -> Contract:
    """The contract of one row, whose class is explained by `explanation`.

    `up` and `down` go by the standard as it stands, one indicator at a time, without what the runs
    before and people's decisions hold.
    """
    titles = {part.key: part.title.model_dump() for part in scheme.classes}
    known = labels(scheme)
    facts = [
        Fact(column, known[column]["indicator"], known[column]["unit"], row.get(column))
        for column in _columns(scheme)
        if column in known
    ]
    up, down = _changes(scheme, standard, row, facts, titles) if scheme.ranked else ([], [])
    return Contract(
        customer=str(row["customer_id"]),
        scheme=scheme.name,
        scheme_title=scheme.title.model_dump(),
        as_of=as_of,
        explanation=explanation,
        rules=_rules(scheme, standard, explanation.class_),
        facts=facts,
        up=up,
        down=down,
        until=until,
        falls_to=titles.get(falls_to or ""),
        beside={lang: beside(scheme, standard, lang) for lang in ("zh", "en")},
        ranked=scheme.ranked,
    )


def _columns(scheme: Scheme) -> list[str]:
    """What the scheme reads of a customer, each once."""
    return list(
        dict.fromkeys(
            [
                *(request.column for request in scheme.requests()),
                *(scheme.attribute_column(name) for name in scheme.attributes()),
            ]
        )
    )


def _rules(scheme: Scheme, standard: Standard, mine: str | None) -> list[Rule]:
    told = {lang: rule_texts(scheme, standard, lang) for lang in ("zh", "en")}
    return [
        Rule(
            class_=part.key,
            title=part.title.model_dump(),
            description=part.description.model_dump() if part.description else {},
            bound={lang: told[lang][at] for lang in told if told[lang]},
            mine=part.key == mine,
        )
        for at, part in enumerate(scheme.classes)
    ]


def _changes(
    scheme: Scheme,
    standard: Standard,
    row: Mapping[str, Any],
    facts: Sequence[Fact],
    titles: Mapping[str, dict[str, str]],
) -> tuple[list[Change], list[Change]]:
    keys = scheme.keys()
    plain = {name: value for name, value in row.items() if name not in _HELD}

    def class_of(changed: Mapping[str, Any]) -> str | None:
        reason = METHODS[scheme.method].explain(scheme, standard, changed, None)
        return held(scheme, standard, reason.class_, changed).class_

    def place_of(key: str | None) -> int:
        return len(keys) if key is None else keys.index(key)

    now = place_of(class_of(plain))
    up: list[Change] = []
    down: list[Change] = []
    if now == len(keys):
        return up, down
    for fact in facts:
        value = number_of(fact.value)
        if value is None or fact.unit not in _DIGITS:
            continue

        def placed(tried: Decimal, name: str = fact.column, like: Number = value) -> int:
            return place_of(class_of(plain | {name: _like(tried, like)}))

        lifts, loses = _nearest(value, fact.unit, _cuts_of(standard, fact.column), placed, now)
        for needed, into in ((lifts, up), (loses, down)):
            if needed is not None:
                place = placed(needed)
                key = keys[place] if place < len(keys) else None
                told = (fact.column, fact.label, fact.unit, fact.value)
                into.append(Change(*told, needed, key, titles.get(key or "")))
    return up, down


def _nearest(
    value: Number,
    unit: str,
    cuts: Sequence[Decimal],
    placed: Callable[[Decimal], int],
    now: int,
) -> tuple[Decimal | None, Decimal | None]:
    """The nearest values with a better place than `now`, and with a worse one."""
    better: list[Decimal] = []
    worse: list[Decimal] = []
    for sign in (1, -1):
        last, left = _exact(value), {True: better, False: worse}
        for tried in _candidates(value, unit, sign, cuts):
            place = placed(tried)
            side = place < now
            if place != now and side in left:
                left.pop(side).append(_edge(last, tried, unit, placed, now, side=side))
            if not left:
                break
            last = tried
    start = _exact(value)
    nearest = [min(one, key=lambda at: abs(at - start), default=None) for one in (better, worse)]
    return nearest[0], nearest[1]


def _edge(
    near: Decimal,
    far: Decimal,
    unit: str,
    placed: Callable[[Decimal], int],
    now: int,
    *,
    side: bool,
) -> Decimal:
    """Between two values the first that lies on one side of a place, on the grid of the unit."""
    step = Decimal(1).scaleb(-_DIGITS[unit])
    while abs(far - near) > step:
        middle = _grid((near + far) / 2, step, up=far > near)
        if middle in (near, far):
            break
        place = placed(middle)
        if place != now and (place < now) == side:
            far = middle
        else:
            near = middle
    return far


def _candidates(value: Number, unit: str, sign: int, cuts: Sequence[Decimal]) -> list[Decimal]:
    """Values farther and farther from one, on the grid of their unit."""
    start, step = _exact(value), Decimal(1).scaleb(-_DIGITS[unit])
    size = max(abs(start), Decimal(1), *map(abs, cuts)) if cuts else max(abs(start), Decimal(1))
    lowest = min(_LOWEST.get(unit, Decimal(0)), start)
    far, deltas = _FIRST * size, []
    for _ in range(_STEPS):
        deltas.append(far)
        far *= _FACTOR
    tried = {_grid(start + sign * delta, step, up=sign > 0) for delta in deltas}
    beyond = [cut for cut in cuts if (cut > start) == (sign > 0) and cut != start]
    tried |= {_grid(cut, step, up=sign > 0) for cut in beyond}
    if sign < 0:
        tried = {max(one, lowest) for one in tried}
    if unit == "ratio":
        tried = {min(one, max(_MOST_OF_RATIO, start)) for one in tried}
    return sorted(tried - {start}, reverse=sign < 0)


def _cuts_of(standard: Standard, column: str) -> list[Decimal]:
    """The cuts of a standard that are of this very column."""
    if getattr(standard, "column", None) != column:
        return []
    return [_exact(cut) for cut in getattr(standard, "cuts", None) or []]


def _grid(value: Decimal, step: Decimal, *, up: bool) -> Decimal:
    return value.quantize(step, rounding=ROUND_CEILING if up else ROUND_FLOOR)


def _exact(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _like(tried: Decimal, value: Number) -> Number:
    """A tried value in the type of the one it stands for."""
    if isinstance(value, Decimal):
        return tried
    return int(tried) if isinstance(value, int) and tried == int(tried) else float(tried)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal) or hasattr(value, "isoformat"):
        return str(value)
    return value
