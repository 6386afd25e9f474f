"""Every code has one sentence: the rooms' catalogues are put together, and none hides another's."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

from kefen.wording import catalogue, sentence


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


def test_pages_have_words_of_their_own_only_for_what_there_is_to_say() -> None:
    own = [code for code in catalogue() if code.startswith("page-")]
    assert own
    assert [code for code in own if code.removeprefix("page-") not in catalogue()] == []
    for code in own:
        for lang in ("en", "zh"):
            assert "--" not in sentence(code.removeprefix("page-"), {}, lang, "page")


def test_a_face_without_words_of_its_own_speaks_like_the_others() -> None:
    data = {"currency": "CNY", "wanted": "USD"}
    assert "--relabel" in sentence("currency-fixed", data)
    assert "--relabel" not in sentence("currency-fixed", data, face="page")
    assert sentence("no-rows", {}, face="page") == sentence("no-rows", {})


def test_a_cell_that_is_very_long_is_cut() -> None:
    told = sentence("bad-money", {"line": 3, "heading": "amount", "value": "9" * 60_000})
    assert len(told) < 1_500
    assert "9" * 100 in told
    words = "\n".join(["word"] * 1_000)
    assert words in sentence("migration-failed", {"log": "x", "words": words})


def test_no_sentence_says_none() -> None:
    told = sentence("wrong-type", {"value": None, "expected": "text"})
    assert "None" not in told
