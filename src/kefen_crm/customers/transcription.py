"""Pinyin of many names at once: character by character, where that is what the dictionary says.

The dictionary reads a word as a whole where it knows the word (重庆 is chongqing, not zhongqing).
A name in which no word occurs that is read otherwise than its characters one by one is read by
characters, whatever words it is parted into. Any other is parted into words by the dictionary, and
each word is read once for all names.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from kefen_crm.customers import search

if TYPE_CHECKING:
    from collections.abc import Iterable

FEW = 2_000
"""So many names are transcribed before reading the words first pays."""
Spoken = tuple[str, str]


def spoken(names: Iterable[str]) -> dict[str, Spoken]:
    """What `search.spoken` gives for each name."""
    distinct = set(names)
    if len(distinct) <= FEW:
        return {name: search.spoken(name) for name in distinct}
    words, characters, parts = _words(), _Characters(), _Parts()
    return {name: _read(name, words, characters, parts) for name in distinct}


def _read(
    name: str, words: dict[str, tuple[str, ...]], characters: _Characters, parts: _Parts
) -> Spoken:
    if not search.CHINESE.search(name):
        return "", ""
    folded = search.fold(name)
    for pair in map(str.__add__, folded, folded[1:]):
        if pair in words and any(word in folded for word in words[pair]):
            read = [parts[word] for word in parts.of(folded)]
            return search.shortened(
                *([one for part in both for one in part] for both in zip(*read, strict=True))
            )
    told = [characters[one] for one in folded]
    return search.shortened([one[:1] for one in told], told)


class _Characters(dict[str, str]):
    """How each character is read by itself; what is not Chinese stays."""

    def __missing__(self, one: str) -> str:
        from pypinyin import lazy_pinyin  # its dictionary takes most of a second

        [self[one]] = lazy_pinyin(one)
        return self[one]


class _Parts(dict[str, tuple[list[str], list[str]]]):
    """How each word is read that the dictionary parts names into."""

    def __init__(self) -> None:
        from pypinyin.core import Pinyin

        self.of = Pinyin().seg

    def __missing__(self, word: str) -> tuple[list[str], list[str]]:
        read = search.read(word)
        if search.CHINESE.search(word):  # numbers and the like are of one name
            self[word] = read
        return read


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
