"""What to offer customers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

import kefen
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.render import table
from kefen.cli.runs import graded_run
from kefen.cli.words import word

if TYPE_CHECKING:
    from kefen.ledger import Ledger


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(help=word("help-recommend"))(recommend)


def recommend(
    customers: Annotated[
        list[str] | None, typer.Argument(metavar="[CUSTOMER…]", help=word("arg-customer"))
    ] = None,
    *,
    scheme: Annotated[str, typer.Option("--scheme", help=word("option-offer-scheme"))] = "",
    horizon: Annotated[
        int, typer.Option("--days", min=1, max=366, help=word("option-offer-days"))
    ] = 30,
    every: Annotated[bool, typer.Option("--all", help=word("option-offer-all"))] = False,
    as_of: Annotated[
        datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help=word("option-as-of"))
    ] = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say what to offer customers, with the reason, and how good such offers were."""
    from kefen.recommend import recommender  # help appears without it

    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    day = as_of and as_of.date()
    found = recommender(ledger, _groups(ledger, scheme), day, horizon)
    told = {customer: found.offers(customer, proved=not every) for customer in customers or []}
    face.answer(
        {
            "as_of": found.as_of,
            "judged": [one.to_dict() for one in found.judged],
            "offers": {
                customer: [one.to_dict() for one in offers] for customer, offers in told.items()
            },
        }
    )
    for one in found.judged:
        face.show(one.text(face.lang))
    rows = [
        (customer, one.item, one.text(face.lang)) for customer in told for one in told[customer]
    ]
    if rows:
        face.show(table([face(name) for name in ("customer", "product", "why")], rows))
    elif told:
        face.say("no-offers")


def _groups(ledger: Ledger, scheme: str) -> dict[str, str]:
    """Who is alike: the same industry, and the same class of a scheme where one is named."""
    rows = ledger.table("customers")
    known = rows.select("customer_id", "industry").to_polars().rows()
    classes: dict[str, str] = {}
    if scheme:
        run = graded_run(ledger, scheme, None, lambda _progress: None)
        classes = dict(run.classes.to_polars().select("customer_id", "class").rows())
    return {str(who): f"{classes.get(who) or ''}/{industry or ''}" for who, industry in known}
