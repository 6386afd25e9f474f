"""One tree of errors: a code and data. `kefen.wording` has the sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence


class KefenError(Exception):
    """Something Kefen refuses to do, as a short code and the facts behind it.

    >>> error = KefenError("unknown-indicator", name="slaes", near=["sales"])
    >>> error.code, error.data["near"]
    ('unknown-indicator', ['sales'])
    """

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code, data)
        self.code = code
        self.data = data

    def __str__(self) -> str:
        return self.text()

    def text(self, lang: str = "en") -> str:
        """The whole of it in words, `en` or `zh`, and the code in brackets."""
        return f"{sentence(self.code, self.data, lang)} [{self.code}]"


def one_of(name: str, value: object, known: Sequence[str]) -> None:
    """Refuse a value that an argument cannot have, instead of taking it for another.

    Raises:
        KefenError: `bad-option`, with those `known`.
    """
    if value not in known:
        raise KefenError("bad-option", name=name, value=str(value)[:40], known=list(known))


class EngineError(KefenError):
    """The computing engine cannot be opened or does not answer."""


class LedgerError(KefenError):
    """The ledger cannot do what was asked: unknown kind, batch or version, or it is busy."""


class ReadingError(KefenError):
    """A file as a whole cannot be read: no header, unknown format, a needed column is missing."""


class IndicatorError(KefenError):
    """An indicator is unknown, or the window or facts it needs are impossible."""


class RunError(KefenError):
    """A run cannot be carried out, or an unknown run or customer was asked for."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a scheme document: where, what, and the facts that help to mend it."""

    path: str
    code: str
    data: dict[str, Any] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """What is wrong in words, `en` or `zh`, after the place."""
        said = sentence(self.code, self.data, lang)
        return f"{self.path}: {said}" if self.path else said

    def __str__(self) -> str:
        return self.text()


class SchemeError(KefenError):
    """A scheme document with every fault it has, all at once."""

    def __init__(self, code: str, faults: list[Fault] | None = None, **data: Any) -> None:
        super().__init__(code, **data)
        self.faults = faults or []

    def text(self, lang: str = "en") -> str:
        """The whole of it in words, a line for each fault."""
        return "\n  ".join([super().text(lang), *(fault.text(lang) for fault in self.faults)])
