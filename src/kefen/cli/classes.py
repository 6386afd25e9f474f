"""Customers get their classes: grade, explain, compare, runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

import kefen
from kefen.cli.face import HERE, Data, Face, Json, Lang, word
from kefen.cli.looks import bar, cell, percent, table
from kefen.cli.runs import as_of_run, latest, saved
from kefen.errors import KefenError

if TYPE_CHECKING:
    from rich.table import Table

    from kefen.run import Comparison, Run

Day = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=word("option-as-of"))
]
Scheme = Annotated[str, typer.Argument(metavar="SCHEME", help=word("arg-scheme"))]
FLOWS = 20
"""Ways from class to class that a comparison shows, the busiest first."""


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(help=word("help-grade"))(grade)
    app.command(help=word("help-explain"))(explain)
    app.command(help=word("help-compare"))(compare)
    app.command(help=word("help-runs"))(runs)


def grade(
    scheme: Scheme,
    *,
    as_of: Day = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help=word("option-limit"))] = 10,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Grade every customer by a scheme."""
    face = Face(lang, machine=machine)
    with face.progress() as bars:
        bars.begin(scheme)
        run = kefen.grade(kefen.open(data), scheme, as_of=as_of and as_of.date())
    face.answer(document(run))
    title = face("graded", scheme=face.text(run.scheme.title), as_of=run.as_of)
    face.show(counts(face, run, title))
    if limit:
        face.show(best(face, run, limit))
    face.say("run-told", run=run.id, seconds=f"{run.duration:.2f}")


def explain(
    scheme: Scheme,
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help=word("arg-customer"))],
    *,
    run: Annotated[str | None, typer.Option("--run", help=word("option-run"))] = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say why a customer has its class, and what is missing to the next."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data)
    with face.progress() as bars:
        bars.begin(scheme)
        found = saved(ledger, run) if run else latest(ledger, scheme)
        explanation = found.explain(customer, face.lang)
    face.answer(explanation)
    face.show(explanation.text(face.lang))


def compare(
    before: Annotated[str | None, typer.Argument(metavar="[RUN]", help=word("arg-before"))] = None,
    after: Annotated[str | None, typer.Argument(metavar="[RUN]", help=word("arg-after"))] = None,
    *,
    scheme: Annotated[str | None, typer.Option("--scheme", help=word("arg-scheme"))] = None,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help=word("option-from"))
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help=word("option-to"))
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help=word("option-limit"))] = 10,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Compare two runs: who moved, and the money that moved with them."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data)
    with face.progress() as bars:
        bars.begin(face("comparing"))
        if before and after and not scheme:
            pair = saved(ledger, before), saved(ledger, after)
        elif scheme and start and not before:
            pair = (
                as_of_run(ledger, scheme, start.date()),
                as_of_run(ledger, scheme, end.date() if end else None),
            )
        else:
            raise KefenError("cli-compare-what")
        comparison = kefen.compare(*pair)
    face.answer(_compared(comparison))
    face.show(*_migration(face, comparison, limit))


def runs(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """List the runs of this ledger, newest first."""
    face = Face(lang, machine=machine)
    listed = sorted(kefen.runs(kefen.open(data)), key=lambda run: run.started_at, reverse=True)
    face.answer([document(run) for run in listed])
    if not listed:
        face.say("no-runs")
        return
    names = ("run", "scheme", "as-of", "ledger-version", "status", "customers", "at", "seconds")
    rows = [
        (
            run.id,
            run.scheme.name,
            run.as_of,
            str(run.ledger_version),
            face(f"status-{run.status}"),
            sum(count["customers"] for count in run.counts),
            run.started_at,
            run.duration,
        )
        for run in listed
    ]
    face.show(table([face(name) for name in names], rows))


def counts(face: Face, run: Run, title: str) -> Table:
    """The classes of a run with bars of their share of customers and of money."""
    by_key = {count["class"]: count for count in run.counts}
    rows = []
    for index, part in enumerate(run.scheme.classes, start=1):
        if found := by_key.get(part.key):
            rows.append(_count(face.text(part.title), index, found))
    if unrated := by_key.get(None):
        rows.append(_count(face("unrated"), 0, unrated))
    names = ("class", "customers", "share", "", "money", "share", "")
    return table([face(name) if name else "" for name in names], rows, title=title)


def _count(title: str, index: int, count: dict[str, Any]) -> list[Any]:
    return [
        title,
        count["customers"],
        percent(count["share_of_customers"]),
        bar(count["share_of_customers"], index),
        count["value"],
        percent(count["share_of_value"]),
        bar(count["share_of_value"], index),
    ]


def best(face: Face, run: Run, limit: int) -> Table:
    """The first rows of the ABC table."""
    titles = {part.key: face.text(part.title) for part in run.scheme.classes}
    names = (
        *("customer", "rank", "cumulative-customers", "money", "cumulative-money"),
        *("cumulative-share", "class"),
    )
    rows = [
        (
            row["customer_id"],
            row["rank"],
            percent(row["cumulative_customers_share"]),
            row["value"],
            row["cumulative_value"],
            percent(row["cumulative_share"]),
            titles.get(row["class"], face("unrated")),
        )
        for row in run.table(limit=limit).to_polars().to_dicts()
    ]
    return table([face(name) for name in names], rows, title=face("best", count=len(rows)))


def document(run: Run) -> dict[str, Any]:
    """A run as JSON: all but the customers."""
    return {
        "run": run.id,
        "scheme": run.scheme.name,
        "scheme_hash": run.scheme.hash,
        "as_of": run.as_of,
        "ledger_version": run.ledger_version,
        "status": run.status,
        "reason": run.reason,
        "started_at": run.started_at,
        "seconds": run.duration,
        "timings": run.timings,
        "counts": run.counts,
        "standard": run.standard,
    }


def _compared(comparison: Comparison) -> dict[str, Any]:
    return {
        "before": comparison.before.id,
        "after": comparison.after.id,
        "matrix": comparison.matrix,
        "money_moved": comparison.money_moved,
        "moved": comparison.moved.to_polars().to_dicts(),
    }


def _migration(face: Face, comparison: Comparison, limit: int) -> list[Any]:
    titles = {part.key: face.text(part.title) for part in comparison.after.scheme.classes}
    named = lambda key: titles.get(key, face("unrated"))  # noqa: E731  # a word, not a function
    keys = [*titles, None]
    ways = {(row["from"], row["to"]): row["customers"] for row in comparison.matrix}
    matrix = [
        [named(start), *(ways.get((start, end), 0) for end in keys)]
        for start in keys
        if any((start, end) in ways for end in keys)
    ]
    made = [
        table([face("from-to"), *map(named, keys)], matrix, title=face("matrix")),
        comparison.text(face.lang),
    ]
    moved = comparison.moved.to_polars().head(limit)
    if limit and moved.height:
        rows = [[cell(value) for value in row] for row in moved.rows()]
        made.append(table(moved.columns, rows, title=face("moved", count=moved.height)))
    return made


def _day(value: datetime | None) -> date | None:
    return value.date() if value else None
