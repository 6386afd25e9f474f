"""What a scheme says and what its standard came to be, in the words of this request's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen import formats, schemes
from kefen.explain.conditions import phrase
from kefen.explain.holds import beside
from kefen.explain.numbers import amount
from kefen.period import Window
from kefen.report.rules import rules
from kefen.run import Run, open_run
from kefen.schemes.methods.rfm.scores import BEST, LETTERS, RfmScheme, RfmStandard
from kefen.schemes.methods.weighted.model import WeightedScheme, WeightedStandard
from kefen.schemes.presentation import Presentation as Presentation
from kefen_crm.gateway import language
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from kefen.schemes import Scheme, Standard
    from kefen.schemes.methods.rfm.scores import Box, Letter, RfmClass, Split
    from kefen.schemes.methods.weighted.model import Item


@dataclass(frozen=True)
class Counted:
    """An indicator a scheme reads, with its arithmetic; weight and points in weighted schemes."""

    name: str
    label: str
    window: str
    formula: str
    letter: str = ""
    weight: float | None = None
    points: str = ""
    bands: list[tuple[str, float]] = field(default_factory=list)
    missing: str = ""


@dataclass(frozen=True)
class Rule:
    """What it takes to be in a class: as the scheme words it, and as the numbers came out."""

    number: int
    key: str
    title: str
    description: str
    cut: str
    bound: str


@dataclass(frozen=True)
class Scores:
    """The bounds of the scores 5 to 1 of one of R, F and M; `high` says what counts as high."""

    letter: str
    label: str
    bounds: list[tuple[int, str]]
    high: str


@dataclass(frozen=True)
class Words:
    """A scheme document, read aloud."""

    description: str
    window: str
    counted: list[Counted]
    weights: bool
    minimum: list[str]
    population: str
    value: str
    rules: list[Rule]
    beside: list[str]
    scores: list[Scores]
    yaml: str


def words(document: dict[str, Any], run_id: str = "") -> Words:
    """A scheme in words, with the standard of a run when there is one."""
    scheme = schemes.load(document)
    with opened() as ledger:
        run = open_run(ledger, run_id) if run_id else _nothing(scheme)
    lang = language()
    standard = run.standard
    return Words(
        description=scheme.description.of(lang) if scheme.description else "",
        window=span(scheme.window),
        counted=_counted(scheme, standard),
        weights=scheme.presentation.weights,
        minimum=[
            _("%(indicator)s of %(least)s or more")
            % {
                "indicator": _label(scheme, reference),
                "least": _amount(scheme, least, reference),
            }
            for reference, least in scheme.minimum.items()
        ],
        population=phrase(scheme, scheme.population, lang) if scheme.population else "",
        value=_label(scheme, scheme.value),
        rules=_rules(run),
        beside=beside(scheme, standard, lang),
        scores=_letters(scheme, standard) if isinstance(standard, RfmStandard) else [],
        yaml=scheme.yaml(),
    )


def value_label(document: dict[str, Any] | Scheme) -> str:
    """What a scheme weighs customers by and over which window: “Sales, 12 months”."""
    scheme = schemes.load(document)
    _name, _at, window = scheme.value.partition("@")
    over = span(window or scheme.window)
    label = _label(scheme, scheme.value)
    return _("%(value)s, %(window)s") % {"value": label, "window": over}


def presentation(method: str) -> Presentation:
    """What faces show of a method; nothing much of one that there is not."""
    known = schemes.METHODS.get(method)
    return known.document.presentation if known else Presentation(method, method)


def method_title(method: str) -> str:
    """A method in words."""
    return presentation(method).title(language())


def fiscal_year() -> str:
    """The window of the company's fiscal year to date, such as `fy4`."""
    return str(Window.parse("fy"))


def span(window: str) -> str:
    """A window as people say it: `12m` is “12 months”."""
    return formats.window(window, language())


def _nothing(scheme: Scheme) -> Run:
    return Run("", scheme, date.min, 0, Path())


def _label(scheme: Scheme, reference: str) -> str:
    return scheme.definition(reference).label[language()]


def _amount(scheme: Scheme, value: Any, reference: str) -> str:
    return amount(value, scheme.definition(reference).unit, language())


def _counted(scheme: Scheme, standard: Standard | None) -> list[Counted]:
    items = (
        {i.indicator: i for i in scheme.indicators} if isinstance(scheme, WeightedScheme) else {}
    )
    shares = (scheme.shares() or []) if isinstance(scheme, WeightedScheme) else []
    if isinstance(standard, WeightedStandard):
        shares = [measure.weight for measure in standard.measures]
    weights = dict(zip(items, shares, strict=False))
    letters = dict(zip(scheme.references(), scheme.presentation.letters.upper(), strict=False))
    told = []
    for reference in dict.fromkeys([*scheme.references(), scheme.value]):
        name = reference.partition("@")[0]
        indicator = scheme.definition(reference)
        item = items.get(reference)
        told.append(
            Counted(
                name=name,
                label=indicator.label[language()],
                window=span(str(scheme.request(reference).window)) if indicator.windowed else "",
                formula=indicator.formula[language()],
                letter=letters.get(reference, ""),
                weight=weights.get(reference),
                points=_points(item) if item else "",
                bands=_bands(scheme, item) if item else [],
                missing=_missing(item) if item else "",
            )
        )
    return told


def _points(item: Item) -> str:
    by = {
        "minmax": _("points rise evenly from the least value to the greatest"),
        "percentile": _("points are the share of the other customers one is ahead of"),
        "zscore": _("points are 50 plus ten times the distance from the mean in deviations"),
        "bands": _("points by fixed bands"),
    }[item.normalise.by]
    return f"{by} · {_('less is better')}" if item.better == "lower" else by


def _missing(item: Item) -> str:
    """What happens to a customer of whom the indicator is unknown."""
    return {
        "unrated": "",
        "zero": _("no points where it is unknown"),
        "skip": _("left out where it is unknown; the others share its weight"),
    }[item.missing]


def _bands(scheme: Scheme, item: Item) -> list[tuple[str, float]]:
    sign = "≥" if item.better == "higher" else "≤"
    return [
        (f"{sign} {_amount(scheme, band.bound, item.indicator)}", band.points)
        for band in item.normalise.bands or ()
    ]


def _rules(run: Run) -> list[Rule]:
    told = rules(run, language())
    parts = run.scheme.classes
    return [
        Rule(
            rule["index"], part.key, rule["title"], rule["description"],
            _cut(run.scheme, place), rule["bound"],
        )
        for place, (rule, part) in enumerate(zip(told, parts, strict=True))
    ]  # fmt: skip


def _cut(scheme: Scheme, place: int) -> str:
    """Where a class ends, as the document says it."""
    part: Any = scheme.classes[place]
    if isinstance(scheme, RfmScheme):
        return _pattern(part)
    if scheme.presentation.described:
        return ""
    last = place == len(scheme.classes) - 1
    if (upto := getattr(part, "upto", None)) is not None:
        of_customers = getattr(scheme, "cut", "") == "customers"
        text = _("first %(share)s of value (cumulative share)")
        if of_customers:
            text = _("first %(share)s of customers (cumulative share)")
        return text % {"share": _percent(upto)}
    if (share := getattr(part, "share", None)) is not None:
        return _("%(share)s of customers") % {"share": _percent(share)}
    return _("the rest") if last else ""


def _pattern(part: RfmClass) -> str:
    if part.high is not None:
        told = {True: _("high"), False: _("low")}
        return " · ".join(f"{n.upper()} {told[n in part.high]}" for n in LETTERS)
    return _(" or ").join(_box(box) for box in part.scores or ())


def _box(box: Box) -> str:
    ranges = [(name.upper(), *box.range(name)) for name in LETTERS]
    told = [
        f"{name}{low}" if low == high else f"{name}{low}–{high}"
        for name, low, high in ranges
        if (low, high) != (1, BEST)
    ]
    return " ".join(told) or _("any scores")


def _letters(scheme: Scheme, standard: RfmStandard) -> list[Scores]:
    if standard.letters is None:
        return []
    return [
        _scores(scheme, name, standard.letters[name], reference, standard.split)
        for name, reference in zip(LETTERS, scheme.references(), strict=True)
    ]


def _scores(scheme: Scheme, name: str, letter: Letter, reference: str, split: Split) -> Scores:
    shown = [_amount(scheme, cut, reference) for cut in letter.cuts]
    up = letter.better == "higher"
    bounds = [(BEST - at, f"{'≥' if up else '≤'} {cut}") for at, cut in enumerate(shown)]
    bounds.append((1, f"{'<' if up else '>'} {shown[-1]}"))
    high = ""
    if letter.limit is not None and letter.middle is not None:
        high = _high(_amount(scheme, letter.limit, reference), letter, split, up=up)
    return Scores(name.upper(), _label(scheme, reference), bounds, high)


def _high(shown: str, letter: Letter, split: Split, *, up: bool) -> str:
    mean = split.by == "mean"
    if split.of == "score":
        text = _("high from score %(limit)s; the mean is %(middle)s")
        text = text if mean else _("high from score %(limit)s; the median is %(middle)s")
        return text % {"limit": letter.limit, "middle": f"{letter.middle:.2f}"}
    text = _("high from %(limit)s, the mean") if mean else _("high from %(limit)s, the median")
    return text % {"limit": shown if up else f"≤ {shown}"}


def _percent(share: float) -> str:
    return amount(share, "ratio", language())
