"""What people call the columns of a kind in their own files: the words of `synonyms.yaml`."""

from __future__ import annotations

from importlib.resources import files

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Words = dict[str, tuple[str, ...]]


def read() -> tuple[Words, dict[str, Words]]:
    """`(common, own)`: synonyms by column for every kind, and by kind where one differs."""
    text = (files(__package__) / "synonyms.yaml").read_text(encoding="utf-8")
    document = yaml.load(text, Loader=_LOADER)  # noqa: S506  # both are safe
    groups = {name: _split(words) for name, words in document["groups"].items()}

    def expand(entries: dict[str, str]) -> Words:
        return {
            column: tuple(
                synonym
                for word in _split(words)
                for synonym in (groups[word[1:]] if word.startswith("+") else [word])
            )
            for column, words in entries.items()
        }

    return expand(document["common"]), {
        kind: expand(entries) for kind, entries in document["own"].items()
    }


def _split(words: str) -> list[str]:
    return [word.strip() for word in words.split("|")]


COMMON, OWN = read()
