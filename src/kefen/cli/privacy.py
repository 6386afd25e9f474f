"""People's rights: one customer disclosed, or erased."""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

import kefen
from kefen import formats
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.data import opened
from kefen.cli.words import word
from kefen.errors import KefenError

Customer = Annotated[str | None, typer.Argument(metavar="CUSTOMER", help=word("arg-one-customer"))]
Words = Annotated[list[str] | None, typer.Option("--person", help=word("option-person"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("disclose", help=word("help-disclose"))(disclose)
    app.command("erase", help=word("help-erase"))(erase)


def disclose(
    customer: Customer = None,
    *,
    person: Words = None,
    output: Annotated[Path, typer.Option("-o", "--output", help=word("option-disclosure"))],
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Write all that is held of a customer, or of another person, into one ZIP file."""
    face = Face(lang, machine=machine)
    _one_of(customer, person)
    with opened(data) as (ledger, database):
        if customer is None:
            told = _privacy().disclose_individual(ledger, person or [], database)
        else:
            told = _privacy().disclose(ledger, customer, database)
        _privacy().write_disclosure(told, output)
    count = sum(len(section.rows) for section in told.sections)
    face.answer({"file": output, "customer": told.customer_id, "entries": count})
    face.say("disclosed", path=output, customer=told.customer_id, count=formats.number(count))


def erase(
    customer: Customer = None,
    *,
    person: Words = None,
    reason: Annotated[str, typer.Option("--reason", help=word("option-erase-reason"))] = "",
    look: Annotated[bool, typer.Option("--preview", help=word("option-erase-preview"))] = False,
    confirm: Annotated[str, typer.Option("--confirm", help=word("option-erase-confirm"))] = "",
    resume: Annotated[bool, typer.Option("--resume", help=word("option-erase-resume"))] = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Erase a customer, or another person, everywhere, after a preview and a typed word."""
    face = Face(lang, machine=machine)
    if not resume:
        _one_of(customer, person)
    with opened(data) as (ledger, database):
        if customer or person:
            room = _privacy()
            preview, begin, whom = (
                (room.preview, room.begin, customer)
                if customer
                else (room.preview_individual, room.begin_individual, person)
            )
            if not _asked(face, preview(ledger, whom, database), reason, confirm, look=look):
                return
            begin(ledger, whom, reason, "shell")
        done = _privacy().carry_out(ledger, database, lambda stage: face.note(f"erasing-{stage}"))
        for one in done:
            face.say("erased", key=one.key, count=sum(one.told["changed"].values()))
        if not done:
            raise KefenError("nothing-to-resume")
        face.answer([{"key": one.key, "at": one.at, **one.told} for one in done])


def _one_of(customer: str | None, person: list[str] | None) -> None:
    if customer is None and not person:
        raise KefenError("erase-whom")
    if customer is not None and person:
        raise KefenError("customer-or-person")


def _asked(face: Face, found: Any, reason: str, confirm: str, *, look: bool) -> bool:
    """Show what would be erased; gives whether it is to be done."""
    places = [f"{place} ({count})" for place, count in _grouped(found.found).items()]
    face.say("erase-places", customer=found.customer_id, name=found.name, places=places)
    for kind, kept in found.kept.items():
        title = face.text(kefen.ledger.facts.kind(kind).label)
        face.say("erase-kept", kind=title, rows=kept["rows"], amount=kept["amount"])
    if found.shared:
        face.say("erase-shared", count=found.shared)
    if found.code_short:
        face.say("erase-short", customer=found.customer_id)
    for scheme, fields in found.asked.items():
        face.say("erase-asked", scheme=scheme, fields=fields)
    if found.backups:
        face.say("erase-backups", count=len(found.backups), oldest=found.backups[-1])
    if look:
        face.answer(found)
        return False
    if not reason.strip():
        raise KefenError("erasure-reason-needed")
    if not confirm and not face.machine and face.err.is_terminal:
        confirm = typer.prompt(face("erase-type", customer=found.customer_id), err=True)
    if confirm != found.customer_id:
        raise KefenError("erasure-not-confirmed", customer=found.customer_id)
    return True


def _grouped(found: list[Any]) -> Counter[str]:
    """In how many places by folder; runs have a folder each, and are one place to people."""
    count: Counter[str] = Counter()
    for one in found:
        first, *rest = one.path.split("/")
        above = one.path.rpartition("/")[0]
        whole = not rest or first == "database"
        count[one.path if whole else first if first == "runs" else above] += one.places
    return count


def _privacy() -> Any:
    """The room of people's rights; only now, so that help appears at once."""
    return import_module("kefen.privacy")
