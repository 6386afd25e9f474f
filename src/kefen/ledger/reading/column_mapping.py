"""Recognises headings: which row they are in, which kind the source is, and what maps to what."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from kefen.errors import ReadingError
from kefen.ledger.facts import KINDS, Kind
from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.reading.normal import MOST_CACHED, normal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCE_IMPORT = {"zh": "源导入编号", "en": "Source import"}
"""The import that rejected the rows of a rejections file, by its id."""
SOURCE_LINE = {"zh": "源文件行号", "en": "Source line"}
REJECTED_BECAUSE = {"zh": "拒收原因", "en": "Rejected because"}
ATTRIBUTE = "attributes."
"""What stands before the name of a further attribute of customers that a heading gives."""
_LONGEST = 100
_HAN = r"[\u4e00-\u9fff][\u4e00-\u9fff\s（）()]*"
_LATIN = r"[A-Za-z\u00c0-\u024f][\w\s.#()&'-]*"
_TWO_LANGUAGES = re.compile(
    rf"({_HAN}?)[\s/|_\-(（]+({_LATIN}?)[)）]?|({_LATIN}?)[\s/|_\-(（]+({_HAN}?)[)）]?"
)
_CODE_LIKE = re.compile(r"^(?=.*\d)[A-Za-z0-9][A-Za-z0-9_\-./#]*$")


@cache
def words(kind_name: str) -> dict[str, tuple[int, str]]:
    """Every recognised heading of a kind, normalised → (rank, column); the least rank wins."""
    found: dict[str, tuple[int, str]] = {}
    for column in KINDS[kind_name].columns:
        names = (column.name, *column.label.values(), *column.synonyms)
        for rank, name in enumerate(names):
            for called in _also(normal(name)):
                known = found.get(called)
                if known is None or rank < known[0]:
                    found[called] = (rank, column.name)
    return found


def _also(called: str) -> tuple[str, ...]:
    """A heading and what it is called for short: 发货日期 is 发货日, too."""
    short = called.removesuffix("期")
    return (called, short) if called.endswith("日期") and len(short) > 1 else (called,)


@cache
def _reserved() -> frozenset[str]:
    words = (SOURCE_IMPORT, SOURCE_LINE, REJECTED_BECAUSE)
    added = (*(one for word in words for one in word.values()), "kefen:line", "kefen:reason")
    return frozenset(normal(text) for text in added)


def is_reserved(heading: str) -> bool:
    """Whether this is a column that a rejections file adds: it says nothing about the fact."""
    return normal(heading) in _reserved()


@lru_cache(MOST_CACHED)
def word(heading: str) -> str:
    """The word that a heading is known by: of one in two languages its Chinese part.

    >>> word("客户名称 Customer"), word("Date/日期"), word("商品 URL")
    ('客户名称', '日期', '商品url')
    """
    whole = normal(heading)
    parts = _TWO_LANGUAGES.fullmatch(heading.strip()[:_LONGEST])
    if parts is None or any(whole in words(name) for name in KINDS):
        return whole
    han, latin = sorted((normal(part) for part in parts.groups() if part), key=str.isascii)
    alike = (words(name) for name in KINDS)
    both = any(han in w and latin in w and w[han][1] in _named_by(w, latin) for w in alike)
    return han if both else whole


@lru_cache(MOST_CACHED)
def sayings(heading: str) -> tuple[str, ...]:
    """A heading as it is compared, and each part of one in two languages.

    >>> sayings("状态 Status"), sayings("状态")
    (('状态status', '状态', 'status'), ('状态',))
    """
    parts = _TWO_LANGUAGES.fullmatch(heading.strip()[:_LONGEST])
    own = (
        sorted((normal(part) for part in parts.groups() if part), key=str.isascii) if parts else ()
    )
    return (normal(heading), *own)


def _named_by(known: Mapping[str, tuple[int, str]], latin: str) -> set[str]:
    """The columns a word stands for; `customer` names the customer and its number."""
    column = known[latin][1]
    alike = {"customer_id", CUSTOMER_NAME, "name"}
    return alike if column in alike else {column}


@lru_cache(MOST_CACHED)
def columns_known(heading: str) -> tuple[tuple[str, str], ...]:
    """The `(kind, column)` pairs that this heading is a word for."""
    called = word(heading)
    return tuple((name, words(name)[called][1]) for name in KINDS if called in words(name))


def known_anywhere(heading: str) -> bool:
    """Whether any kind knows this heading."""
    return bool(columns_known(heading))


def guess_mapping(
    kind: Kind, headings: Sequence[str], sample: Sequence[Mapping[str, str | None]] = ()
) -> dict[str, str]:
    """`{heading: column}` by the kind's words; each column takes the best of its headings.

    A heading such as 客户 or `customer` names either an id or a name; the sample decides.
    """
    known = words(kind.name)
    offers = sorted(
        (known[word(heading)][0], place, heading, known[word(heading)][1])
        for place, heading in enumerate(headings)
        if word(heading) in known and not is_reserved(heading)
    )
    mapping: dict[str, str] = {}
    for _, _, heading, column in offers:
        if column not in mapping.values():
            mapping[heading] = column
    _prefer_id(kind, mapping, sample)
    return {heading: mapping[heading] for heading in headings if heading in mapping}


def _prefer_id(
    kind: Kind, mapping: dict[str, str], sample: Sequence[Mapping[str, str | None]]
) -> None:
    name_column = "name" if kind.name == "customers" else CUSTOMER_NAME
    heading = next((h for h, column in mapping.items() if column == name_column), None)
    if heading is None or "customer_id" in mapping.values():
        return
    if normal(heading).endswith(("名", "名称", "name", "姓名", "全称", "简称")):
        return
    values = [text.strip() for row in sample if (text := row.get(heading))]
    if values and sum(bool(_CODE_LIKE.match(text)) for text in values) >= 0.9 * len(values):
        mapping[heading] = "customer_id"


def override_mapping(
    kind: Kind,
    headings: Sequence[str],
    guess: Mapping[str, str],
    given: Mapping[str, str | None],
) -> dict[str, str]:
    """The guess with a person's corrections: what `given` does not mention keeps its guess.

    None or an empty text leaves a heading out. A column may be named as headings name it, such as
    客户名称 for `name`; capitals and punctuation of headings do not matter. Raises ReadingError
    `unknown-heading`, `unknown-target` or `column-twice`.
    """
    given = {there(heading, headings): column for heading, column in given.items()}
    wanted = {heading: _called(column, kind) for heading, column in given.items() if column}
    present = set(headings)
    for heading in given:
        if heading not in present:
            raise ReadingError("unknown-heading", heading=heading, known=list(headings))
    for heading, column in wanted.items():
        if not kind.has(column):
            raise unknown_target(kind, heading, column)
        rivals = [other for other, target in wanted.items() if target == column]
        if len(rivals) > 1:
            raise ReadingError("column-twice", column=column, headings=rivals)
    kept = {
        heading: column
        for heading, column in guess.items()
        if heading not in given and column not in wanted.values()
    }
    merged = {**kept, **wanted}
    return {heading: merged[heading] for heading in headings if heading in merged}


def unknown_target(kind: Kind, heading: str, column: str) -> ReadingError:
    """What is said of a heading that is to be a column that its kind has not."""
    known = [c.name for c in kind.columns]
    return ReadingError(
        "unknown-target", heading=heading, column=column, kind=kind.name, known=known
    )


def named_attributes(
    given: Mapping[str, str | None],
) -> tuple[dict[str, str], dict[str, str | None]]:
    """Which headings give further attributes of customers by other names, and what else is said.

    >>> named_attributes({"Shop": "attributes.Home store", "Name": "name"})
    ({'Shop': 'Home store'}, {'Shop': None, 'Name': 'name'})
    """
    named = {
        heading: column.removeprefix(ATTRIBUTE).strip()
        for heading, column in given.items()
        if column and column.startswith(ATTRIBUTE) and column.removeprefix(ATTRIBUTE).strip()
    }
    for heading, name in named.items():
        rivals = [other for other, told in named.items() if told == name]
        if len(rivals) > 1:
            raise ReadingError("column-twice", column=given[heading], headings=rivals)
    return named, {heading: None if heading in named else one for heading, one in given.items()}


def there(heading: str, headings: Sequence[str]) -> str:
    """The heading of the source that is meant: itself, or the only one that is written alike."""
    if heading in headings:
        return heading
    alike = [other for other in headings if normal(other) == normal(heading)]
    return alike[0] if len(alike) == 1 else heading


def _called(word: str, kind: Kind) -> str:
    """The column that is meant by a word: its name, or what headings call it."""
    if kind.has(word):
        return word
    wanted = normal(word)
    labelled = [c.name for c in kind.columns if wanted in map(normal, c.label.values())]
    known = [c.name for c in kind.columns if wanted in map(normal, c.synonyms)]
    return next(iter((*labelled, *known)), word)


def missing_columns(kind: Kind, mapped: Sequence[str]) -> list[str]:
    """The required columns nothing supplies: a name may stand for an id, price for amount."""
    have = set(mapped)
    if "name" in have and kind.name == "customers":
        have.add("customer_id")
    if CUSTOMER_NAME in have:
        have.add("customer_id")
    if kind.name == "order_lines" and {"quantity", "unit_price"} <= have:
        have.add("amount")
    return [column.name for column in kind.required if column.name not in have]
