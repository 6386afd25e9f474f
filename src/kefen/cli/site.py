"""The site and its companies to try: demo, serve, admin.

The only door from the engine to `kefen_crm`, which is an optional extra: it is imported when
one of these commands needs it, and its absence is an ordinary error.
"""

from __future__ import annotations

import os
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

import kefen
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.render import table
from kefen.cli.words import word
from kefen.errors import KefenError

if TYPE_CHECKING:
    from kefen.ledger import Ledger

PORT = 8000
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help=word("option-port"))]
Host = Annotated[str, typer.Option("--host", help=word("option-host"))]
Browser = Annotated[bool, typer.Option("--open", help=word("option-open"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command(help=word("help-demo"))(demo)
    app.command(help=word("help-serve"))(serve)
    app.command(
        help=word("help-admin"),
        context_settings={"ignore_unknown_options": True, "help_option_names": []},
    )(admin)


def demo(
    *,
    company: Annotated[str, typer.Option("--company", help=word("option-company"))] = "trade",
    industry: Annotated[str, typer.Option("--industry", help=word("option-industry"))] = "",
    no_serve: Annotated[bool, typer.Option("--no-serve", help=word("option-no-serve"))] = False,
    host: Host = "127.0.0.1",
    port: Port = None,
    browser: Browser = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Load a company, grade it by every ready-made scheme, open the site."""
    face = Face(lang, machine=machine)
    if industry:
        _refuse_unknown(industry)
    found = kefen.demo.companies().get(company)
    title = face.text(found.title) if found else company
    ledger = kefen.open(data)
    with face.progress() as bars:
        batches = kefen.demo.load(ledger, company, bars.begin(title), as_of=_today(ledger))
        runs = _grade(face, bars, ledger)
    face.say("demo-loaded" if batches else "demo-there", company=title, data=data)
    face.answer({"company": company, "customers": ledger.count("customers"), "runs": runs})
    names = ("scheme", "title", "customers", "lapsed", "unrated")
    rows = [tuple(run[name] for name in names) for run in runs]
    face.show(table([face(name) for name in names], rows))
    ledger.close()
    if no_serve or machine:
        return
    if find_spec("kefen_crm.process") is None or find_spec("django") is None:
        face.say("no-site")
        return
    os.environ.setdefault("KEFEN_DEMO", "1")
    os.environ.setdefault("KEFEN_COMPANY", company)
    if industry:
        os.environ["KEFEN_INDUSTRY"] = industry
    try:
        _serve(face, data, host, PORT if port is None else port, browser=browser)
    except KefenError as error:
        if error.code != "port-in-use" or port is not None:
            raise
        _serve(face, data, host, 0, browser=browser)


def _refuse_unknown(industry: str) -> None:
    """Refuse a start that there is not before anything is loaded."""
    needs_site("demo --industry")
    from kefen_crm.industry_starts.names import NAMES  # the optional extra

    if industry not in NAMES:
        raise KefenError("cli-unknown-start", name=industry, known=list(NAMES))


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help=word("option-workers"))
    ] = None,
    browser: Browser = False,
    data: Data = HERE,
    lang: Lang = "",
) -> None:
    """Run the site until Ctrl-C."""
    needs_site("serve")
    _serve(Face(lang), data, host, PORT if port is None else port, workers, browser=browser)


def admin(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="COMMAND [ARGS]…", help=word("arg-admin"))
    ] = None,
) -> None:
    """Run a Django command of the site on the data directory of KEFEN_DATA."""
    needs_site("admin")
    from kefen_crm.process.admin import manage  # the optional extra

    manage(os.environ.get("KEFEN_DATA") or HERE, arguments or [])


def _today(ledger: Ledger) -> date:
    """The day it is where the company is: the last facts of an invented one are of yesterday."""
    return datetime.now(ZoneInfo(ledger.settings.timezone)).date()


def _serve(
    face: Face, data: Path, host: str, port: int, workers: int | None = None, *, browser: bool
) -> None:
    from kefen_crm.process.supervisor import serve as supervise  # the optional extra

    supervise(
        data,
        host,
        port,
        workers,
        open_browser=browser,
        language=face.lang,
        say=lambda told: face.err.print(told, markup=False, highlight=False),
    )


def needs_site(command: str) -> None:
    """Refuse a command of the site where only the engine is installed."""
    if find_spec("kefen_crm.process") is None or find_spec("django") is None:
        raise KefenError("cli-needs-site", command=command)


def _grade(face: Face, bars: Any, ledger: Any) -> list[dict[str, Any]]:
    """Runs of the schemes to begin with on the facts as they are; those there are kept."""
    schemes = kefen.schemes.starters()
    done = {
        run.scheme.hash: run
        for run in sorted(kefen.runs(ledger), key=lambda run: run.as_of)
        if run.ledger_version == ledger.version and run.status == "finished"
    }
    missing = [scheme for scheme in schemes if scheme.hash not in done]
    if missing:
        told = bars.begin(face("grading", count=len(missing)))
        made = kefen.grade_many(ledger, missing, progress=told)
        done |= {run.scheme.hash: run for run in made}
    return [_told(face, done[scheme.hash]) for scheme in schemes]


def _told(face: Face, run: Any) -> dict[str, Any]:
    states = {count["state"]: count["customers"] for count in run.counts if not count["class"]}
    return {
        "scheme": run.scheme.name,
        "title": face.text(run.scheme.title),
        "run": run.id,
        "as_of": run.as_of,
        "customers": run.customers,
        "lapsed": states.get("lapsed", 0),
        "unrated": states.get("unrated", 0),
    }
