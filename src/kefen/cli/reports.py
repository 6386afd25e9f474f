"""A run as a document to keep, print or send."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

import kefen
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.runs import as_of_run, graded_run, saved
from kefen.cli.words import word


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(help=word("help-report"))(report)
    app.command(help=word("help-export"))(export)


def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help=word("option-run"))],
    path: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT.csv|.xlsx|.parquet", help=word("arg-out"))
    ],
    *,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Write the customers of a run with their classes."""
    face = Face(lang, machine=machine)
    found = saved(kefen.open(data, existing=True), run)
    target = found.export(path, face.lang)
    face.answer({"path": target, "run": found.id, "customers": found.customers})
    face.say("written", path=target)


def report(
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help=word("arg-scheme"))],
    path: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT.html", help=word("arg-out"))
    ] = None,
    *,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help=word("option-shown-as-of")),
    ] = None,
    before: Annotated[
        datetime | None,
        typer.Option("--previous", formats=["%Y-%m-%d"], help=word("option-previous")),
    ] = None,
    run: Annotated[str | None, typer.Option("--run", help=word("option-run"))] = None,
    proof: Annotated[bool, typer.Option("--proof", help=word("option-proof"))] = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Write one HTML file that needs nothing else."""
    face = Face(lang, machine=machine)
    ledger = kefen.open(data, existing=True)
    with face.progress() as bars:
        told = bars.begin(scheme)
        if run:
            found = saved(ledger, run)
        else:
            found = graded_run(ledger, scheme, as_of.date() if as_of else None, told)
        previous = as_of_run(ledger, scheme, before.date(), told) if before else None
        speech = lang or os.environ.get("KEFEN_LANG") or ledger.settings.language or face.lang
        target = path or Path(f"{found.scheme.name}-{found.as_of}.html")
        card = kefen.scorecard(found) if proof else None
        kefen.report.write(found, target, speech, previous, card)
    face.answer({"path": target, "run": found.id})
    face.say("written", path=target)
