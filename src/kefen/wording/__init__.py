"""Turns error codes into sentences, in English and Chinese: one YAML catalogue a room."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING, Any, Protocol

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# The one in C is seven times as quick, and every command waits for it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_NOTHING = "–"
LONGEST = 1_000
"""Of a value that is longer, the beginning is said."""

SHOWN = 5
"""Notices of one code that are told one by one."""
_EACH = ("status-", "document-")
"""What codes begin with that are said one by one, however many."""


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Every code with its sentence in each language: `{code: {"en": …, "zh": …}}`."""
    return {code: words for file in _files() for code, words in _read(file).items()}


@cache
def _files() -> tuple[str, ...]:
    return tuple(sorted(e.name for e in files(__name__).iterdir() if e.name.endswith(".yaml")))


@cache
def _text(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")


@cache
def _read(name: str) -> dict[str, dict[str, str]]:
    return yaml.load(_text(name), Loader=_LOADER) or {}  # noqa: S506  # both are safe


@cache
def _wording(code: str) -> dict[str, str] | None:
    """The sentences of a code; the file that its first word names is looked into first.

    To parse a file takes far longer than to see that the code is nowhere in it.
    """
    likely = f"{code.partition('-')[0]}.yaml"
    for name in sorted(_files(), key=lambda name: name != likely):
        if code in _text(name) and code in (found := _read(name)):
            return found[code]
    return None


class _Sentences(Formatter):
    """Fills templates: `{rows:row|rows}` is the first word of one, else the second."""

    def get_value(self, key: int | str, _args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """A fact by its name; its name in braces where it is not told."""
        return kwargs.get(key, f"{{{key}}}") if isinstance(key, str) else f"{{{key}}}"

    def format_field(self, value: Any, format_spec: str) -> Any:
        """A fact as the template wants it; a dash for what is not known."""
        if value is None:
            return "–"
        one, bar, more = format_spec.partition("|")
        if bar:
            return one if str(value) == "1" else more
        return super().format_field(value, format_spec)


_TEMPLATES = _Sentences()
_LINE = {"en": "Line {line}: ", "zh": "第 {line} 行："}
"""What the sentences of rows begin with."""


def sentence(
    code: str,
    data: Mapping[str, Any],
    lang: str = "en",
    face: str = "",
    *,
    placed: bool = True,
) -> str:
    """The sentence for `code` in `lang` (`en` or `zh`); the bare code when it has none.

    `face` is what speaks where it is not the shell: it may have words of its own for a code.
    Not `placed`, the sentence of a row does not begin with its line: whoever shows it has said so.

    >>> sentence("bad-window", {"value": "12x"})
    '12x is not a window. Write 90d, 4w, 12m, 2y, fy (fiscal year to date) or all.'
    >>> sentence("scheme-faulty", {"value": "abc", "count": 1})
    'The scheme abc has 1 fault.'
    """
    wording = (_wording(f"{face}-{code}") if face else None) or _wording(code)
    if wording is None:
        facts = ", ".join(f"{key}={value}" for key, value in data.items())
        return f"{code} ({facts})" if facts else code
    language = "zh" if lang.startswith("zh") else "en"
    template = wording[language] if placed else wording[language].removeprefix(_LINE[language])
    told = {k: _said(v, lang) for k, v in data.items()}
    said = _TEMPLATES.vformat(template, (), told)
    said = said if placed else f"{said[:1].upper()}{said[1:]}"
    return _in_sheet(said, data["sheet"], lang) if _unsaid_sheet(template, data) else said


class Coded(Protocol):
    """What has a code and facts: an error, a fault, a note."""

    @property
    def code(self) -> str:
        """Which sentence."""

    @property
    def data(self) -> Mapping[str, Any]:
        """What it is about."""


def describe(error: Coded, lang: str = "en", face: str = "") -> str:
    """The sentence for a raised error."""
    return sentence(error.code, error.data, lang, face)


def briefly(
    told: Iterable[tuple[str, Mapping[str, Any]]], lang: str = "en", face: str = ""
) -> list[str]:
    """Sentences of codes and data: each code's first `SHOWN`, then how many more there are.

    Statuses are all said: each decides about money.

    >>> briefly([("total-row-skipped", {"line": n, "value": "合计"}) for n in range(2, 9)])[-2:]
    ['Line 6 (“{told}”) is a total of other rows and was left out.', '… and 2 more of this kind.']
    """
    by_code: dict[str, list[str]] = {}
    for code, data in told:
        by_code.setdefault(code, []).append(sentence(code, data, lang, face))
    sentences = []
    for code, same in by_code.items():
        shown = len(same) if code.startswith(_EACH) else SHOWN
        sentences += same[:shown]
        if len(same) > shown:
            sentences.append(sentence("more-notices", {"count": len(same) - shown}, lang))
    return sentences


def _unsaid_sheet(template: str, data: Mapping[str, Any]) -> bool:
    """Whether the place is a line of one of several sheets, and only the line is said."""
    return "{line}" in template and "{sheet}" not in template and bool(data.get("sheet"))


def _in_sheet(said: str, sheet: str, lang: str) -> str:
    return f"工作表“{sheet}”{said}" if lang.startswith("zh") else f"Sheet {sheet}: {said}"


def _said(value: Any, lang: str) -> Any:
    """Lists in a row, a code with its data as a sentence, a dash for nothing, else as it is.

    Of a line that is longer than a sentence can be, such as a cell that somebody pasted a file
    into, the beginning is said.
    """
    if isinstance(value, dict) and value.keys() == {"code", "data"}:
        return sentence(value["code"], value["data"], lang)
    if value is None:
        return _NOTHING
    return _list(value) if isinstance(value, list | tuple) else _cut(value)


def _list(values: list[Any] | tuple[Any, ...]) -> str:
    return ", ".join(str(_cut(value)) for value in values)


def _cut(value: Any) -> Any:
    """The beginning of a line that is too long to be said; everything else as it is."""
    if not isinstance(value, str) or len(value) <= LONGEST or "\n" in value:
        return value
    return f"{value[:LONGEST]}…"
