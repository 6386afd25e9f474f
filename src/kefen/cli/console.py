"""How a command talks: tables and sentences for people, JSON for machines, progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from kefen.cli.words import SPOKEN, known_language, spoken, word
from kefen.errors import KefenError
from kefen.ledger.lock import writer
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WIDE = 160
"""Columns of output that goes to a file or a pipe: nothing is cut to a terminal's width."""


def _folder(told: str | Path) -> Path:
    """The data directory; an empty name, as of a variable that is not set, is none."""
    if not str(told).strip():
        raise KefenError("data-not-named")
    return Path(told)


Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="KEFEN_DATA",
        help=word("option-data"),
        parser=_folder,
        metavar="<path>",
    ),
]


def _language(told: str) -> str:
    return known_language(told)


Lang = Annotated[
    str,
    typer.Option("--lang", metavar="zh|en", help=word("option-lang"), callback=_language),
]
Json = Annotated[bool, typer.Option("--json", help=word("option-json"))]
HERE = Path("kefen-data")


class Face:
    """One command's way to speak: language, machine or human, where to."""

    def __init__(self, lang: str = "", *, machine: bool = False) -> None:
        self.lang = "zh" if (lang or spoken()).startswith("zh") else "en"
        SPOKEN.set(self.lang)
        self.machine = machine
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)

    def __call__(self, code: str, **data: Any) -> str:
        """The sentence of `code`."""
        return sentence(f"cli-{code}", data, self.lang)

    def say(self, code: str, **data: Any) -> None:
        """A sentence for people, on stdout; machines do not hear it."""
        if not self.machine:
            self.out.print(escape(self(code, **data)), highlight=False)

    def note(self, code: str, **data: Any) -> None:
        """A sentence beside the result, on stderr."""
        self.err.print(escape(self(code, **data)), style="dim", highlight=False)

    def show(self, *things: Any) -> None:
        """Tables and texts for people."""
        if not self.machine:
            for thing in things:
                self.out.print(thing)
                if isinstance(thing, Table):
                    self.out.print()

    def answer(self, document: Any) -> None:
        """The machine's answer: one JSON document on stdout."""
        if self.machine:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=plain))
            sys.stdout.write("\n")

    def line(self, document: Any) -> None:
        """One of many answers for machines: a JSON document on a line of its own."""
        if self.machine:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, default=plain) + "\n")

    def text(self, words: Any) -> str:
        """Words given in both languages (a mapping or a scheme's `Words`) in this one."""
        if hasattr(words, "of"):
            return str(words.of(self.lang))
        return str(words.get(self.lang) or words.get("en") or "")

    @contextmanager
    def progress(self) -> Iterator[Bars]:
        """Progress bars on stderr while a long command works; none when nobody watches."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=32),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
        )
        quiet = not self.err.is_terminal
        with Progress(*columns, console=self.err, transient=True, disable=quiet) as progress:
            yield Bars(progress, self)


class Bars:
    """The bars of one command, one for each thing it does."""

    def __init__(self, progress: Progress, face: Face) -> None:
        self._progress = progress
        self._face = face
        self._waiting = False

    def begin(self, title: str) -> Callable[[Any], None]:
        """Start a bar; the answer takes the engine's reports (stage, done, total)."""
        task = self._progress.add_task(escape(title), total=None, told="")

        def report(now: Any) -> None:
            self._show(task, now)

        return report

    def step(self, title: str, total: int) -> Callable[[], None]:
        """Start a bar of `total` even steps; each call of the answer is one."""
        task = self._progress.add_task(escape(title), total=total, told="")
        return lambda: self._progress.advance(task)

    def _show(self, task: TaskID, now: Any) -> None:
        if now.stage == "waiting":
            self._wait(task, now.holder)
            return
        stage = self._face(f"stage-{now.stage}")
        told = f"{stage} {now.done / now.total:.0%}" if now.total else stage
        self._progress.update(task, completed=now.done, total=now.total or None, told=told)

    def _wait(self, task: TaskID, holder: Mapping[str, Any]) -> None:
        """Say for whom the command waits: in its bar, or once where nobody sees bars."""
        told = self._face("stage-waiting", writer=writer(holder))
        self._progress.update(task, told=told)
        if self._progress.disable and not self._waiting:
            self._face.err.print(told, markup=False, highlight=False)
        self._waiting = True


def plain(value: Any) -> Any:
    """What JSON has no word for: dates as ISO text, money as text that keeps every digit."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal | Path):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)


def _console(stream: Any) -> Console:
    terminal = stream.isatty()
    width = None if terminal or "COLUMNS" in os.environ else WIDE
    return Console(file=stream, width=width, soft_wrap=not terminal)
