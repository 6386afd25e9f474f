"""Where hours and money bring most, and who looks after whom."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kefen import formats
from kefen.cli.console import Face, Json, Lang
from kefen.cli.render import table
from kefen.cli.words import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

XLSX = ".xlsx"


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(help=word("help-plan"))(plan)
    app.command(help=word("help-territories"))(territories)


def plan(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help=word("arg-plan-file")),
    ],
    *,
    hours: Annotated[
        float | None, typer.Option("--hours", min=0, help=word("option-hours"))
    ] = None,
    money: Annotated[
        float | None, typer.Option("--money", min=0, help=word("option-money"))
    ] = None,
    mixed: Annotated[bool, typer.Option("--mixed", help=word("option-mixed"))] = False,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Give hours and money to what brings most, after what is promised."""
    from kefen.plan import plan as planned
    from kefen.plan import read_steps

    face = Face(lang, machine=machine)
    found = planned(
        read_steps(_rows(file)),
        hours=float("inf") if hours is None else hours,
        money=float("inf") if money is None else money,
        mixed=mixed,
    )
    face.answer(found.to_dict())

    def number(value: float) -> str:
        return formats.number(value, 2, face.lang)

    headings = [face(f"plan-{name}") for name in ("group", "hours", "money", "value", "next")]
    face.show(
        table(
            headings,
            [
                [
                    one.group,
                    round(one.hours, 2),
                    round(one.money, 2),
                    round(one.value, 2),
                    "–" if one.next_hour is None else number(one.next_hour),
                ]
                for one in found.groups
            ],
        )
    )
    low, high = found.interval
    face.say(
        "plan-brings",
        value=number(found.value),
        low=number(low),
        high=number(high),
        hours=number(found.hours),
        money=number(found.money),
    )
    if found.hour_price:
        face.say("plan-next-hour", price=number(found.hour_price))
    if found.money_price:
        face.say("plan-next-money", price=number(found.money_price))
    if found.mixed:
        face.note("plan-is-mixed")


def territories(
    customers: Annotated[
        Path,
        typer.Argument(
            metavar="CUSTOMERS", exists=True, dir_okay=False, help=word("arg-held-file")
        ),
    ],
    people: Annotated[
        Path,
        typer.Argument(metavar="PEOPLE", exists=True, dir_okay=False, help=word("arg-people-file")),
    ],
    *,
    apart: Annotated[float, typer.Option("--apart", min=0, help=word("option-apart"))] = 1.0,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Propose whom to give to whom, so that nobody lacks hours."""
    from kefen.plan import balance, read_held, read_people

    face = Face(lang, machine=machine)
    found = balance(read_held(_rows(customers)), read_people(_rows(people)), apart=apart)
    face.answer(found.to_dict())
    headings = [face(f"territories-{name}") for name in ("person", "there", "before", "after")]
    rows = [[one.name, one.hours, one.before, one.after] for one in found.people]
    face.show(table(headings, rows))
    if found.moves:
        headings = [face(f"territories-{name}") for name in ("customer", "from", "to")]
        face.show(table(headings, [[one.customer, one.giver, one.receiver] for one in found.moves]))
    cost, before, after = (
        formats.number(one, 2, face.lang) for one in (found.cost, *found.lacking)
    )
    face.say("territories-moved", moves=len(found.moves), cost=cost, before=before, after=after)
    if not found.proven:
        face.note("territories-unproven")


def _rows(file: Path) -> Iterable[Mapping[str, Any]]:
    """The rows of a table by column: CSV in UTF-8, or the first sheet of a workbook."""
    if file.suffix.lower() == XLSX:
        import polars as pl

        return pl.read_excel(file, engine="calamine").to_dicts()
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))
