"""Every code has one sentence: the rooms' catalogues are put together, and none hides another's."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

from kefen.wording import catalogue


def test_no_code_stands_twice() -> None:
    """YAML itself takes the last of two keys in silence."""
    folder = files("kefen.wording")
    texts = [
        one.read_text(encoding="utf-8") for one in folder.iterdir() if one.name[-5:] == ".yaml"
    ]
    codes = Counter(re.findall(r"^([a-z][a-z0-9-]*):", "\n".join(texts), re.MULTILINE))
    assert [code for code, times in codes.items() if times > 1] == []


def test_no_code_has_two_sentences_of_one_language() -> None:
    folder = files("kefen.wording")
    for one in folder.iterdir():
        if one.name[-5:] == ".yaml":
            text = one.read_text(encoding="utf-8")
            for entry in re.split(r"^(?=[a-z])", text, flags=re.MULTILINE):
                languages = re.findall(r"^  (en|zh):", entry, re.MULTILINE)
                assert len(languages) == len(set(languages)), (one.name, entry)


def test_every_sentence_is_there_in_both_languages() -> None:
    assert [code for code, words in catalogue().items() if words.keys() != {"en", "zh"}] == []
