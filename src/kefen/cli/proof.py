"""Whether classifying makes sense, and whether it proved right."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import kefen
from kefen import formats
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.render import percent, table
from kefen.cli.runs import as_of_run, run_ids, saved
from kefen.cli.words import word
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.evaluate import Agreement, Backtest, Scorecard
    from kefen.evaluate.findings import Finding

COLOUR = {"good": "green", "fair": "yellow", "poor": "red", "unknown": "dim"}
_DAY = ["%Y-%m-%d"]

Horizon = Annotated[str, typer.Option("--horizon", help=word("option-horizon"))]
Profit = Annotated[bool, typer.Option("--profit", help=word("option-profit"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(help=word("help-readiness"))(readiness)
    app.command(help=word("help-backtest"))(backtest)
    app.command(help=word("help-scorecard"))(scorecard)
    app.command(help=word("help-agree"))(agree)
    app.command(help=word("help-sensitivity"))(sensitivity)


def readiness(
    *,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=_DAY, help=word("option-as-of"))
    ] = None,
    span: Annotated[int, typer.Option("--span", min=1, help=word("option-span"))] = 150,
    people: Annotated[
        int | None, typer.Option("--people", min=1, help=word("option-people"))
    ] = None,
    window: Annotated[str, typer.Option("--window", help=word("option-window"))] = "12m",
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say whether it makes sense to classify these customers."""
    face = Face(lang, machine=machine)
    found = kefen.readiness(
        kefen.open(data, existing=True),
        as_of and as_of.date(),
        span_of_attention=span,
        people=people,
        window=window,
    )
    face.answer(found.to_dict())
    face.show(_findings(face, found.findings))
    face.show(Text(found.title(face.lang), style=COLOUR[found.verdict]))


def backtest(
    schemes: Annotated[
        list[str], typer.Argument(metavar="SCHEME…", help=word("arg-backtest-schemes"))
    ],
    *,
    dates: Annotated[
        list[datetime] | None, typer.Option("--date", formats=_DAY, help=word("option-date"))
    ] = None,
    periods: Annotated[int, typer.Option("--periods", min=1, help=word("option-periods"))] = 4,
    every: Annotated[str, typer.Option("--every", help=word("option-every"))] = "3m",
    horizon: Horizon = "3m",
    profit: Profit = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Try schemes on past dates, and see what each class really did."""
    face = Face(lang, machine=machine)
    with face.progress() as bars:
        found = kefen.backtest(
            kefen.open(data, existing=True),
            schemes,
            [day.date() for day in dates] if dates else None,
            periods=periods,
            every=every,
            horizon=horizon,
            value="profit" if profit else "sales",
            progress=bars.begin(face("backtesting")),
        )
    face.answer(found.to_dict())
    face.show(_ranking(face, found), *_outcomes(face, found), found.text(face.lang))


def scorecard(
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help=word("arg-scheme"))],
    *,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=_DAY, help=word("option-as-of"))
    ] = None,
    run: Annotated[str | None, typer.Option("--run", help=word("option-run"))] = None,
    horizon: Horizon = "3m",
    experiment: Annotated[
        Path | None,
        typer.Option("--experiment", exists=True, dir_okay=False, help=word("option-experiment")),
    ] = None,
    profit: Profit = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Judge a classification by four criteria."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    with face.progress() as bars:
        told = bars.begin(scheme)
        graded = _graded(ledger, scheme, run, as_of, told)
        found = kefen.scorecard(
            graded,
            horizon=horizon,
            experiment=experiment,
            value="profit" if profit else "sales",
        )
    face.answer(found.to_dict())
    face.show(_card(face, found))
    face.show(Text(found.title(face.lang), style=COLOUR[found.verdict]))


def agree(
    before: Annotated[str, typer.Argument(metavar="SCHEME|RUN", help=word("arg-agree"))],
    after: Annotated[str, typer.Argument(metavar="SCHEME|RUN", help=word("arg-agree"))],
    *,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=_DAY, help=word("option-as-of"))
    ] = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say how far two classifications agree."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    with face.progress() as bars:
        told = bars.begin(face("comparing"))
        pair = [_run(ledger, name, as_of, told) for name in (before, after)]
        found = kefen.agreement(*pair)
    face.answer(found.to_dict())
    face.show(_overlap(face, found), found.text(face.lang))


def sensitivity(
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help=word("arg-scheme"))],
    *,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=_DAY, help=word("option-as-of"))
    ] = None,
    run: Annotated[str | None, typer.Option("--run", help=word("option-run"))] = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say how many customers change class when weights move."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    with face.progress() as bars:
        told = bars.begin(scheme)
        graded = _graded(ledger, scheme, run, as_of, told)
        found = kefen.sensitivity(graded)
    face.answer(found.to_dict())
    steps = [change.by for change in found.weights[0].changes] if found.weights else []
    headings = [face("indicator"), face("weight"), *(f"{step:+.0%}" for step in steps)]
    rows = [
        [
            face.text(one.label),
            percent(one.weight),
            *(percent(change.changed) for change in one.changes),
            percent(one.least_less),
            percent(one.least_more),
        ]
        for one in found.weights
    ]
    moves = formats.percent(found.moves, 0)
    headings += [face("least-less", share=moves), face("least-more", share=moves)]
    face.show(table(headings, rows, title=face("changed-class")), found.text(face.lang))


def _run(ledger: Any, name: str, as_of: datetime | None, told: Any) -> Any:
    """The run of this id, else one of the scheme of this name."""
    if name in run_ids(ledger):
        return saved(ledger, name)
    return as_of_run(ledger, name, as_of.date() if as_of else None, told)


def _graded(ledger: Any, scheme: str, run: str | None, as_of: datetime | None, told: Any) -> Any:
    """The run asked for by id, else one of the scheme."""
    if run:
        return saved(ledger, run)
    return as_of_run(ledger, scheme, as_of.date() if as_of else None, told)


def _mark(face: Face, verdict: str) -> Text:
    return Text(sentence(f"verdict-{verdict}", {}, face.lang), style=COLOUR[verdict])


def _findings(face: Face, findings: Any) -> Any:
    """Each finding with its verdict, what was found and what to change."""
    rows = [(one.title(face.lang), _mark(face, one.verdict), _said(face, one)) for one in findings]
    return table([face("looked-at"), face("verdict"), face("found")], rows)


def _said(face: Face, finding: Finding) -> str:
    gap = "" if face.lang == "zh" else " "
    return f"{finding.text(face.lang)}{gap}{finding.todo(face.lang)}".strip()


def _card(face: Face, found: Scorecard) -> Any:
    rows, before = [], ""
    for one in found.findings:
        criterion = sentence(f"criterion-{one.group}", {}, face.lang)
        first = criterion if one.group != before else ""
        rows.append((first, one.title(face.lang), _mark(face, one.verdict), _said(face, one)))
        before = one.group
    names = ("criterion", "looked-at", "verdict", "found")
    return table([face(name) for name in names], rows)


def _ranking(face: Face, found: Backtest) -> Any:
    """The schemes side by side, the best ranking first, then past sales."""
    rows: list[list[Any]] = []
    for one in found.ranked:
        assert one.top is not None
        rows.append(
            [
                face.text(one.scheme.title),
                _mark(face, one.verdict),
                *(_number(value) for value in (one.gini, one.gain)),
                percent(one.top.customers),
                percent(one.top.value.value),
                percent(_at(one, 0.2)),
                {True: "✓", False: "✗", None: ""}[one.monotone if one.ranks else None],
            ]
        )
    if rows:
        first = found.ranked[0]
        assert first.gini_past is not None
        by_past = next(c for c in first.captures if c.customers == 0.2).past.value
        past = [face("by-past-sales"), "", _number(first.gini_past), "", "", "", percent(by_past)]
        rows.append([*past, ""])
    names = (
        *("scheme", "verdict", "gini", "gain"),
        *("top-customers", "top-captured", "fifth-captured", "in-order"),
    )
    return table([face(name) for name in names], rows, title=face("backtested"))


def _at(track: Any, share: float) -> float | None:
    found: float | None = next(c for c in track.captures if c.customers == share).value.value
    return found


def _number(estimate: Any) -> Text:
    if estimate.value is None:
        return Text("")
    if estimate.low is None:
        return Text(f"{estimate.value:.3f}", justify="right")
    told = f"{estimate.value:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
    return Text(told, justify="right")


def _outcomes(face: Face, found: Backtest) -> list[Any]:
    """What each class went on to do, a table a scheme."""
    made = []
    for one in found.tracks:
        rows = [
            (
                face.text(kind.title),
                kind.customers,
                percent(kind.share_of_customers),
                percent(kind.share_of_value),
                kind.mean.value,
                kind.mean_profit.value,
                percent(kind.retention.value),
                percent(kind.overdue_rate.value),
            )
            for kind in one.classes
        ]
        names = (
            *("class", "customers", "share", "value-captured"),
            *("mean-value", "mean-profit", "bought", "overdue"),
        )
        if rows:
            title = face("went-on", scheme=face.text(one.scheme.title))
            made.append(table([face(name) for name in names], rows, title=title))
    return made


def _overlap(face: Face, found: Agreement) -> Any:
    titles = [[face.text(p.title) for p in r.scheme.classes] for r in (found.before, found.after)]
    rows = [[title, *counts] for title, counts in zip(titles[0], found.matrix, strict=True)]
    return table([face("from-to"), *titles[1]], rows, title=face("matrix"))
