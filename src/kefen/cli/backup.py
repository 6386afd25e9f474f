"""Backups: write one while all runs, bring one back elsewhere; clear away what is past."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import kefen
from kefen import formats
from kefen.cli.console import HERE, Data, Face, Json, Lang
from kefen.cli.data import erase_again, has_site
from kefen.cli.site import needs_site
from kefen.cli.words import word
from kefen.errors import KefenError
from kefen.storage import storage_errors

if TYPE_CHECKING:
    from kefen.backup import Backup

Target = Annotated[str | None, typer.Argument(metavar="[FILE]", help=word("arg-backup-target"))]
Source = Annotated[Path, typer.Argument(metavar="FILE", help=word("arg-backup-file"))]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("backup", help=word("help-backup"))(backup)
    app.command("restore", help=word("help-restore"))(restore_)
    app.command("vacuum", help=word("help-vacuum"))(vacuum)


def backup(
    file: Target = None, *, data: Data = HERE, lang: Lang = "", machine: Json = False
) -> None:
    """Write a backup; without FILE into the data directory's folder `backups`."""
    face = Face(lang, machine=machine)
    data = data.resolve()
    folder = data / "backups"
    if file is None and data.is_dir():
        with storage_errors(data):
            if not folder.exists():  # a file in its place is refused where it is written to
                folder.mkdir(mode=0o700, exist_ok=True)
    made, where = _write(data, file or f"{folder}/")
    face.answer(
        {
            "file": made.path,
            "bytes": made.bytes,
            "seconds": made.seconds,
            "ledger_version": made.version,
            "facts": made.facts,
            "files": made.files,
            "tables": made.tables,
            "database": where,
        }
    )
    face.say(
        "backup-made",
        path=made.path,
        size=_size(made.bytes),
        seconds=made.seconds,
        version=made.version,
        facts=formats.number(sum(made.facts.values())),
        files=formats.number(made.files),
    )
    if made.tables is not None:
        rows = formats.number(sum(made.tables.values()))
        face.say("backup-database", place=where, tables=len(made.tables), rows=rows)
    else:
        face.say("backup-no-database")


def restore_(
    file: Source,
    *,
    erasures: Annotated[
        Path | None, typer.Option("--erasures", help=word("option-erasures"))
    ] = None,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Bring a backup back into an empty data directory, and prove it."""
    face = Face(lang, machine=machine)
    with _backups().Backup(file) as found:
        where = _restore(found, data.resolve(), _registers(file, data.resolve(), erasures))
        told = found.manifest
    erased = erase_again(data)
    database = told.get("database")
    rows = sum(table["rows"] for table in database["tables"].values()) if database else None
    facts = sum(told["ledger"]["rows"].values())
    face.answer(
        {
            "data": data,
            "made_at": told["made_at"],
            "ledger_version": told["ledger"]["version"],
            "facts": told["ledger"]["rows"],
            "files": len(told["files"]),
            "tables": len(database["tables"]) if database else None,
            "rows": rows,
            "database": where,
            "erased_again": erased,
        }
    )
    face.say(
        "restore-done",
        data=data,
        version=told["ledger"]["version"],
        facts=formats.number(facts),
        files=formats.number(len(told["files"])),
    )
    if database:
        tables = len(database["tables"])
        face.say("restore-database", place=where, tables=tables, rows=formats.number(rows))
    if erased:
        face.say("restore-erased", count=erased)


def vacuum(
    *,
    days: Annotated[int | None, typer.Option("--days", min=0, help=word("option-days"))] = None,
    runs: Annotated[bool, typer.Option("--runs", help=word("option-runs"))] = False,
    data: Data = HERE,
    lang: Lang = "",
    machine: Json = False,
) -> None:
    """Clear away past versions of the facts that nobody needs, and runs when asked to."""
    face = Face(lang, machine=machine)
    count, size = _prune(data) if runs else (0, 0)
    done = kefen.vacuum(kefen.open(data), days)
    told: dict[str, int] = {"runs": count, "bytes_of_runs": size} if runs else {}
    face.answer({"files": done.files, "bytes": done.bytes} | told)
    if runs:
        face.say("runs-removed", count=count, size=_size(size))
    face.say("vacuumed", files=formats.number(done.files), size=_size(done.bytes))


def _prune(data: Path) -> tuple[int, int]:
    """Remove runs by the rule; where there is a site, it says what it needs."""
    from kefen.run import prune_runs  # help appears without it

    if not (data / "installation.json").exists():
        gone = prune_runs(kefen.open(data))
        return len(gone.runs), gone.bytes
    needs_site("vacuum")
    import django  # the optional extra

    from kefen_crm.process.admin import site_environment

    with site_environment(data):
        django.setup()
        from kefen_crm.grading.retention import clear_runs  # needs Django set up

        cleared = clear_runs()
    return sum(cleared.runs.values()), cleared.bytes


def _backups() -> Any:
    """The room of backups; only now, so that help appears at once."""
    return import_module("kefen.backup")


def _write(data: Path, target: str) -> tuple[Any, str | None]:
    if has_site():
        from kefen_crm.process.backups import back_up  # the optional extra

        return back_up(data, target)
    if (data / "postgres").exists():
        raise KefenError("cli-needs-site", command="backup")
    return _backups().write(data, target), None


def _registers(file: Path, data: Path, given: Path | None) -> list[Path]:
    """The registers of erased customers: beside the backup, in the directory, and a given one."""
    name = "erasures.json"
    found = [file.resolve().parent / name, data / "backups" / name]
    return [*(path for path in found if path.exists()), *([given] if given else [])]


def _restore(found: Backup, data: Path, registers: list[Path]) -> str | None:
    if has_site():
        from kefen_crm.process.backups import bring_back  # the optional extra

        return bring_back(found, data, registers)
    if "database" in found.manifest:
        raise KefenError("cli-needs-site", command="restore")
    _backups().restore(found, data, registers=registers)
    return None


def _size(number: int) -> str:
    return f"{number / 1e6:,.1f} MB" if number >= 1e5 else f"{number / 1e3:,.1f} kB"
