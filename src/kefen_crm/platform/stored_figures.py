"""Figures for all processes: those of everybody, which the worker reads after a change before a
page asks for them, and those that took a page long to read.

Each is kept with what it is of and the marks of its tables when it was read (`remembered`). A page
takes it only while these marks stand; else it reads the figure itself, as if none were kept.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.db import connection, transaction

from kefen_crm.gateway import KefenError
from kefen_crm.platform.queue import later_once
from kefen_crm.platform.registry import plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import TypeAdapter

T = TypeVar("T")
logger = logging.getLogger(__name__)
READ_AHEAD: Final = "platform.read_figures_ahead"
PATIENCE: Final = 10
"""Seconds that small changes are waited for, which come one after the other all day."""
LONG: Final = 0.05
"""Seconds from which on what a page read is kept for the other processes: less they read anew."""
_AHEAD: ContextVar[bool] = ContextVar("reading figures ahead", default=False)


def ahead() -> bool:
    """Whether figures are being read ahead, to be kept."""
    return _AHEAD.get()


@contextmanager
def reading_ahead() -> Iterator[None]:
    """Within it figures are kept as they are read, unless they are there already."""
    token = _AHEAD.set(True)
    try:
        yield
    finally:
        _AHEAD.reset(token)


def read_all() -> None:
    """Read the figures that apps declare, where something they are of has changed."""
    with reading_ahead():
        for plugin in plugins():
            if plugin.read_ahead:
                _read(plugin.read_ahead)


def _read(ask: Callable[[], object]) -> None:
    try:
        ask()
    except KefenError as error:  # pages tell of it, where people see it
        logger.warning("Figures were not read ahead: %s", error)


def later() -> None:
    """Have the worker read figures ahead, once a change is through.

    Asked for after the transaction, so that none waits for another that asks for the same.
    """
    transaction.on_commit(lambda: later_once(READ_AHEAD, seconds=PATIENCE), robust=True)


@dataclass(frozen=True)
class Figure:
    """A figure to look up.

    Attributes:
        key: tells it from all others.
        mark: what its tables hold.
        about: what it is of.
        type: of its value, as JSON is read into it.
    """

    key: str
    mark: str
    about: str
    type: Any

    def get(self, read: Callable[[], T]) -> T:
        """As it is kept, or read, and kept where that took long."""
        found: tuple[T] | None = self._kept()
        if found is not None:
            return found[0]
        began = time.perf_counter()
        value = read()
        if time.perf_counter() - began >= LONG:
            self._keep(value)
        return value

    def read_ahead(self, read: Callable[[], T]) -> T:
        """As it is kept, or read and kept from now on."""
        found: tuple[T] | None = self._kept()
        if found is not None:
            return found[0]
        value = read()
        self._keep(value)
        return value

    def _keep(self, value: object) -> None:
        told = _adapter(self.type).dump_json(value).decode()
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, [self.key, self.mark, self.about, told])

    def _kept(self) -> tuple[Any] | None:
        with connection.cursor() as cursor:
            cursor.execute(_FIND, [self.key, self.mark])
            row = cursor.fetchone()
        return row and (_adapter(self.type).validate_json(row[0]),)


@cache
def _adapter(type_: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter  # only where a figure is looked up

    return TypeAdapter(type_)


def tidy() -> None:
    """Let go of what has not changed for a week: if it is still of use, it is read anew."""
    with connection.cursor() as cursor:
        cursor.execute(_TIDY)


def empty() -> None:
    """Let go of all, as when a customer is erased."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM platform_storedfigure")


_FIND = "SELECT value::text FROM platform_storedfigure WHERE key = %s AND mark = %s"
_KEEP = """
    INSERT INTO platform_storedfigure (key, mark, about, value, computed_at)
    VALUES (%s, %s, %s, %s, statement_timestamp())
    ON CONFLICT (key) DO UPDATE SET mark = EXCLUDED.mark, about = EXCLUDED.about,
        value = EXCLUDED.value, computed_at = EXCLUDED.computed_at
"""
_TIDY = """
    DELETE FROM platform_storedfigure WHERE computed_at < statement_timestamp() - interval '7 days'
"""
