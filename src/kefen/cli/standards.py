"""What customers can be graded by: schemes and indicators."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import kefen
from kefen.cli.console import Face, Json, Lang
from kefen.cli.render import table
from kefen.cli.words import word
from kefen.errors import SchemeError
from kefen.wording import sentence

schemes = typer.Typer(help=word("help-schemes"), no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(schemes, name="schemes")
    app.command(help=word("help-indicators"))(indicators)


@schemes.command("list", help=word("help-schemes-list"))
def list_(*, lang: Lang = "", machine: Json = False) -> None:
    """List the ready-made schemes."""
    face = Face(lang, machine=machine)
    ready = kefen.schemes.builtin()
    face.answer([scheme.dump() for scheme in ready])
    rows = [
        (
            scheme.name,
            face.text(scheme.title),
            scheme.method,
            scheme.window,
            " · ".join(face.text(part.title) for part in scheme.classes),
        )
        for scheme in ready
    ]
    names = ("scheme", "title", "method", "window", "classes")
    face.show(table([face(name) for name in names], rows))


@schemes.command(help=word("help-schemes-show"))
def show(
    scheme: Annotated[str, typer.Argument(metavar="SCHEME", help=word("arg-scheme"))],
    *,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Print a scheme document."""
    face = Face(lang, machine=machine)
    found = kefen.schemes.load(scheme)
    face.answer(found.dump() | {"hash": found.hash})
    if not machine:
        typer.echo(found.yaml(), nl=False)


@schemes.command(help=word("help-schemes-check"))
def check(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", exists=True, dir_okay=False, help=word("arg-document")),
    ],
    *,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say everything that is wrong with scheme documents."""
    face = Face(lang, machine=machine)
    found = {}
    for file in files:
        try:
            text = kefen.schemes.documents.text_of(file)
            found[file] = kefen.schemes.check(kefen.schemes.read(text, str(file)))
        except SchemeError as error:
            if not error.faults:
                raise
            found[file] = error.faults
    face.answer({str(file): faults for file, faults in found.items()})
    for file, faults in found.items():
        if not faults:
            face.say("scheme-sound", file=file)
    if faulty := [(file, faults) for file, faults in found.items() if faults]:
        every = [fault for _, faults in faulty for fault in faults]
        names = ", ".join(str(file) for file, _ in faulty)
        raise SchemeError("scheme-faulty", every, value=names, count=len(every))


@schemes.command(help=word("help-schemes-diff"))
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help=word("arg-scheme"))],
    new: Annotated[str, typer.Argument(metavar="NEW", help=word("arg-scheme"))],
    *,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Say what is different between two wordings of a scheme."""
    from kefen.explain import changes  # help does not load the engine

    face = Face(lang, machine=machine)
    before, after = kefen.schemes.load(old), kefen.schemes.load(new)
    steps = kefen.schemes.differences(before, after)
    told = [changes.word(step, before, after, face.lang) for step in steps]
    face.answer(
        [
            {"code": step.code, "data": step.data, "text": text}
            for step, text in zip(steps, told, strict=True)
        ]
    )
    for text in told:
        face.show(text)
    if not told:
        face.say("schemes-same")


def indicators(*, lang: Lang = "", machine: Json = False) -> None:
    """List the indicators a scheme can use."""
    face = Face(lang, machine=machine)
    known = list(kefen.indicators.catalogue().values())
    told = ("name", "label", "unit", "kind", "windowed", "higher_is_better", "formula", "source")
    face.answer([{name: getattr(entry, name) for name in told} for entry in known])
    rows = [(i.name, face.text(i.label), i.unit, face.text(i.formula)) for i in known]
    names = ("indicator", "label", "unit", "formula")
    face.show(table([face(name) for name in names], rows))
    for refusal in kefen.indicators.refused():
        face.note("left-out", reason=sentence(refusal.code, dict(refusal.data), face.lang))
