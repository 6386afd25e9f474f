"""Customers get their classes: grade, explain, compare, runs."""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import kefen
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.render import bar, percent, table, whole
from kefen.cli.runs import as_of_run, graded_run, saved
from kefen.cli.words import word
from kefen.errors import KefenError
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from kefen.evaluate import Comparison
    from kefen.explain import Explanation
    from kefen.run import Run, UnreadableRun

Day = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=word("option-as-of"))
]
Shown = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=word("option-shown-as-of"))
]
Scheme = Annotated[str, typer.Argument(metavar="SCHEME", help=word("arg-scheme"))]
ABSENT_KEY = "-"
"""The class of those who did not take part, as `kefen.evaluate` has it."""


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
    previous: Annotated[str | None, typer.Option("--previous", help=word("option-before"))] = None,
    overrides: Annotated[
        Path | None, typer.Option("--overrides", help=word("option-overrides"))
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help=word("option-limit"))] = 10,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Grade every customer by a scheme."""
    face = Face(lang, machine=machine)
    with face.progress() as bars:
        told = bars.begin(scheme)
        ledger = kefen.open(data, existing=True)
        run = kefen.grade(
            ledger,
            scheme,
            as_of and as_of.date(),
            previous=saved(ledger, previous) if previous else None,
            overrides=kefen.schemes.overrides.read_overrides(overrides) if overrides else None,
            progress=told,
        )
    face.answer(document(run))
    title = face("graded", scheme=face.text(run.scheme.title), as_of=run.as_of)
    face.show(counts(face, run, title))
    if limit:
        face.show(best(face, run, limit))
    for remark in run.remarks(face.lang):
        face.show(remark)
    if run.overrides or run.ignored_overrides:
        face.say("overrides", count=len(run.overrides), ignored=len(run.ignored_overrides))
    face.say("run-told", run=run.id, seconds=f"{run.duration:.2f}")


def explain(
    scheme: Scheme,
    customers: Annotated[
        list[str] | None, typer.Argument(metavar="[CUSTOMER…]", help=word("arg-customer"))
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option("--file", exists=True, dir_okay=False, help=word("option-customers")),
    ] = None,
    as_of: Shown = None,
    run: Annotated[str | None, typer.Option("--run", help=word("option-run"))] = None,
    contract: Annotated[bool, typer.Option("--contract", help=word("option-contract"))] = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say why customers have their classes, and what is missing to the next."""
    face = Face(lang, machine=machine)
    asked = [*(customers or []), *(_listed(file) if file else [])]
    if not asked:
        raise KefenError("cli-explain-whom")
    ledger = kefen.open(data, existing=True)
    with face.progress() as bars:
        told = bars.begin(scheme)
        day = as_of and as_of.date()
        found = saved(ledger, run) if run else graded_run(ledger, scheme, day, told)
        if run and day and found.as_of != day:
            raise KefenError("cli-run-of-other-day", run=found.id, as_of=found.as_of, wanted=day)
        if contract:
            contracts = [kefen.contract(found, found.find(customer)) for customer in asked]
            for one in contracts:
                face.line(one.to_dict())
                face.show(one.text(face.lang))
            return
        explained = found.explanations(found.find(customer) for customer in asked)
    if len(asked) == 1:
        [(known, explanation)] = explained.items()
        face.answer({"customer": known, **explanation.to_dict()})
        face.show(explanation.text(face.lang))
        return
    for known, explanation in explained.items():
        face.line({"customer": known, **explanation.to_dict()})
    face.show(_explained(face, explained))


def _listed(file: Path) -> list[str]:
    """The customers that a text file names, one a line; of a table the first column."""
    from kefen.run.customer_lookup import is_heading  # help appears without it

    lines = _text(file).splitlines()
    firsts = (next(csv.reader([line]))[0].strip() for line in lines if line.strip())
    listed = [first for first in firsts if first]
    return listed[1:] if listed and is_heading(listed[0]) else listed


def _text(file: Path) -> str:
    """A text in UTF-8 or GB18030, as editors and spreadsheets write it."""
    content = file.read_bytes()
    if b"\0" not in content:
        for encoding in ("utf-8-sig", "gb18030"):
            with suppress(UnicodeDecodeError):
                return content.decode(encoding)
    raise KefenError("cli-no-text", path=file)


def _explained(face: Face, explained: Mapping[str, Explanation]) -> Table:
    rows = [
        (
            customer,
            face.text(one.title) if one.title else face(one.state),
            "\n".join(one.sentences(face.lang)),
            face.text(one.next_title) if one.next_title else "",
            "\n".join(one.way(face.lang)),
        )
        for customer, one in explained.items()
    ]
    names = ("customer", "class", "why", "next-class", "missing-to-it")
    return table([face(name) for name in names], rows)


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
    from kefen.run.retention import note_compared  # help appears without it

    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    with face.progress() as bars:
        told = bars.begin(face("comparing"))
        if before and after and not scheme:
            pair = saved(ledger, before), saved(ledger, after)
        elif scheme and start and not before:
            pair = (
                as_of_run(ledger, scheme, start.date(), told),
                as_of_run(ledger, scheme, end.date() if end else None, told),
            )
        else:
            raise KefenError("cli-compare-what")
        comparison = kefen.compare(*pair)
        for run in pair:
            note_compared(run.folder)
    face.answer(_compared(comparison))
    face.show(*_migration(face, comparison, limit))


def runs(*, data: Data = HERE, lang: Lang = "", machine: Json = False) -> None:
    """List the runs of this ledger, newest first."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    listed = list(reversed(kefen.runs(ledger)))
    unreadable = kefen.unreadable_runs(ledger)
    face.answer([*map(document, listed), *(_unreadable(face, one) for one in unreadable)])
    if not listed and not unreadable:
        face.say("no-runs")
        return
    # A run's id tells its scheme and the version of its ledger; an id must never be cut short.
    names = ("run", "as-of", "status", "customers", "at")
    local = ledger.settings.local_or_none
    rows: list[tuple[Any, ...]] = [
        (whole(r.id), r.as_of, face(f"status-{r.status}"), r.customers, local(r.started_at))
        for r in listed
    ]
    rows += [(whole(one.id), None, face("status-unreadable"), None, None) for one in unreadable]
    face.show(table([face(name) for name in names], rows))
    for one in unreadable:
        face.show(f"{one.id}: {_unreadable(face, one)['reason']['text']}")


def _unreadable(face: Face, one: UnreadableRun) -> dict[str, Any]:
    reason = {"code": one.code, "data": one.data, "text": sentence(one.code, one.data, face.lang)}
    return {"run": one.id, "status": "unreadable", "reason": reason}


def counts(face: Face, run: Run, title: str) -> Table:
    """The classes of a run with bars of their share of the rated customers and their money.

    Of the lapsed, when the latest bought and what all of them ever brought.
    """
    rows: list[list[Any]] = []
    for kind in kefen.pictures.classes(run):
        row = [face.text(kind["title"]), kind["customers"], "", "", kind["value"], "", ""]
        if kind["index"]:
            row[2:4] = _share(kind["share_of_customers"], kind["index"])
            row[5:7] = _share(kind["share_of_value"], kind["index"])
        rows.append(row)
    names = ["class", "customers", "share", "", "money", "share", ""]
    past = [kind for kind in kefen.pictures.classes(run) if "past_worth" in kind]
    if past:
        names += ["last-purchase", "past-worth"]
        known = {face.text(kind["title"]): kind for kind in past}
        for row in rows:
            kind = known.get(row[0], {})
            row += [kind.get("last_purchase"), kind.get("past_worth")]
    return table([face(name) if name else "" for name in names], rows, title=title)


def _share(share: float, index: int) -> list[Text]:
    return [percent(share), bar(share, index)]


def best(face: Face, run: Run, limit: int) -> Table:
    """The first rows of the ABC table."""
    titles = {part.key: face.text(part.title) for part in run.scheme.classes}
    listed = run.table(limit=limit).to_polars().to_dicts()
    named = any(row.get("name") not in (None, "", row["customer_id"]) for row in listed)
    names = (
        *(("customer", "name") if named else ("customer",)),
        *("rank", "cumulative-customers", "money", "cumulative-money"),
        *("cumulative-share", "class"),
    )
    rows = [
        (
            row["customer_id"],
            *([row["name"]] if named else []),
            row["rank"],
            percent(row["cumulative_customers_share"]),
            row["value"],
            row["cumulative_value"],
            percent(row["cumulative_share"]),
            titles.get(row["class"], face("unrated")),
        )
        for row in listed
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
        "notes": run.notes,
        "previous": run.previous,
        "overrides": [one.to_dict() for one in run.overrides],
        "ignored_overrides": run.ignored_overrides,
    }


def _compared(comparison: Comparison) -> dict[str, Any]:
    return {
        "before": comparison.before.id,
        "after": comparison.after.id,
        "same_classes": comparison.same_classes,
        "stable": comparison.stable,
        "psi": comparison.psi,
        "shares": comparison.shares,
        "matrix": comparison.matrix,
        "money_moved": comparison.money_moved,
        "moved": comparison.moved.to_polars().to_dicts(),
    }


def _migration(face: Face, comparison: Comparison, limit: int) -> list[Any]:
    """The matrix, the comparison in words, and those who moved most money."""
    runs = (comparison.before, comparison.after)
    titles: dict[str | None, str] = {
        part.key: face.text(part.title) for run in runs for part in run.scheme.classes
    }
    titles |= {
        kefen.schemes.lapse.LAPSED: face("lapsed"),
        None: face("unrated"),
        ABSENT_KEY: face("absent"),
    }
    ways = {(row["from"], row["to"]): row["customers"] for row in comparison.matrix}
    starts = [key for key in titles if any(start == key for start, _ in ways)]
    ends = [key for key in titles if any(end == key for _, end in ways)]
    matrix = [[titles[start], *(ways.get((start, end), 0) for end in ends)] for start in starts]
    headings = [face("from-to"), *(titles[end] for end in ends)]
    made = [table(headings, matrix, title=face("matrix")), comparison.text(face.lang)]
    moved = comparison.moved.to_polars().head(limit).to_dicts()
    if moved:
        rows = [
            (
                *(row["customer_id"], titles[row["from"]], titles[row["to"]]),
                *(row["value_from"], row["value_to"]),
            )
            for row in moved
        ]
        names = ("customer", "from", "to", "money-before", "money-after")
        title = face("moved", count=len(rows))
        made.append(table([face(name) for name in names], rows, title=title))
    return made
