"""Pinyin of many names at once: character by character, where that is what the dictionary says.

The dictionary reads a word as a whole where it knows the word (重庆 is chongqing, not zhongqing).
A name in which no word occurs that is read otherwise than its characters one by one is read by
characters, whatever words it is parted into. Any other is parted into words by the dictionary, and
each word is read once for all names.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache
from operator import add
from typing import TYPE_CHECKING

from kefen_crm.customers import search

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

FEW = 2_000
"""So many names are transcribed before reading the words first pays."""
Spoken = tuple[str, str]


class Transcriber:
    """Transcribes names, many at once; what it has learnt of words stays with it."""

    def __init__(self) -> None:
        self._sounds, self._initials = _Sounds(), _Initials()
        self._parts = _Parts()

    def spoken(self, names: Iterable[str]) -> dict[str, Spoken]:
        """What `search.spoken` gives for each name."""
        distinct = list(set(names))
        if len(distinct) <= FEW:
            return {name: search.spoken(name) for name in distinct}
        found: dict[str, Spoken] = dict.fromkeys(distinct, ("", ""))
        chinese = [name for name in distinct if search.CHINESE.search(name)]
        plain, texts = [], []
        words = _words()
        for name, text in zip(chinese, search.folded(chinese), strict=True):
            if _read_as_words(text, words):
                found[name] = self._by_words(text)
            else:
                plain.append(name)
                texts.append(text)
        whole = "\n".join(texts)
        letters, pinyin = (whole.translate(to).split("\n") for to in (self._initials, self._sounds))
        found.update(
            (name, (short[: search.INITIALS], long))
            for name, short, long in zip(plain, letters, pinyin, strict=bool(plain))
        )
        return found

    def _by_words(self, text: str) -> Spoken:
        read = [self._parts[word] for word in self._parts.of(text)]
        return search.shortened(
            *([one for part in both for one in part] for both in zip(*read, strict=True))
        )


def spoken(names: Iterable[str]) -> dict[str, Spoken]:
    """What `search.spoken` gives for each name."""
    return Transcriber().spoken(names)


def _read_as_words(text: str, words: dict[str, tuple[str, ...]]) -> bool:
    """Whether a word occurs that is read otherwise than its characters one by one."""
    if words.keys().isdisjoint(map(add, text, text[1:])):
        return False
    return any(word in text for pair in map(add, text, text[1:]) for word in words.get(pair, ()))


class _Sounds(dict[int, str]):
    """How each character is read by itself; what is not Chinese stays, spaces go."""

    def __init__(self) -> None:
        super().__init__({ord("\n"): "\n", ord(" "): ""})

    def __missing__(self, code: int) -> str:
        from pypinyin import lazy_pinyin  # its dictionary takes most of a second

        [read] = lazy_pinyin(chr(code))
        self[code] = read
        return self[code]


class _Initials(_Sounds):
    """The first letter of that."""

    def __missing__(self, code: int) -> str:
        self[code] = super().__missing__(code)[:1]
        return self[code]


class _Parts(dict[str, tuple[list[str], list[str]]]):
    """How each word is read that the dictionary parts names into."""

    def __missing__(self, word: str) -> tuple[list[str], list[str]]:
        read = search.read(word)
        if search.CHINESE.search(word):  # numbers and the like are of one name
            self[word] = read
        return read

    def of(self, text: str) -> Iterator[str]:
        """The words of a text, as `pypinyin.seg` parts it."""
        for place, run in enumerate(_chinese().split(text)):
            if place % 2:
                yield from _longest(run)
            elif run:
                yield run


def _longest(text: str) -> Iterator[str]:
    """From its beginning the longest word each time, else a character.

    As `pypinyin.seg.mmseg` does, which gives no word of an end that some longer word begins with.
    """
    words, starts = _dictionary()
    at, end = 0, len(text)
    while at < end:
        after = 0
        for stop in range(at + 1, end + 1):
            if (begun := text[at:stop]) not in starts:
                break
            if begun in words:
                after = stop
        else:
            if not after:
                yield from text[at:]
                return
        after = after or at + 1
        yield text[at:after]
        at = after


@cache
def _chinese() -> re.Pattern[str]:
    """Matches a run of characters that the dictionary knows of; splitting by it keeps the runs."""
    from pypinyin.constants import RE_HANS

    return re.compile(f"({RE_HANS.pattern.removeprefix('^').removesuffix('$')})")


@cache
def _dictionary() -> tuple[Container[str], set[str]]:
    """The words of the dictionary, and all that they begin with."""
    from pypinyin.constants import PHRASES_DICT

    starts = {word[:size] for word in PHRASES_DICT for size in range(1, len(word) + 1)}
    return PHRASES_DICT, starts


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """The words that are read otherwise than their characters, by their first two."""
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    first = {chr(code): _toneless(told.split(",")[0]) for code, told in PINYIN_DICT.items()}
    found = defaultdict(list)
    for word, readings in PHRASES_DICT.items():
        told = [_toneless(one[0]) for one in readings]
        if told != [first.get(character) for character in word]:
            found[word[:2]].append(word)
    return {start: tuple(listed) for start, listed in found.items()}


@cache
def _toneless(syllable: str) -> str:
    """A syllable without the mark of its tone; the two dots of ü are none."""
    marks = unicodedata.normalize("NFD", syllable)
    return "".join(one for one in marks if one == "\u0308" or not unicodedata.combining(one))
