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


def test_every_sentence_is_there_in_both_languages() -> None:
    assert [code for code, words in catalogue().items() if words.keys() != {"en", "zh"}] == []
