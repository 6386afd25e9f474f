"""Fields in texts that are written once for many: `{contact}`, or `{contact|friend}`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FIELD: Final = re.compile(r"\{([^{}\n|]*)(?:\|([^{}\n]*))?\}")


def fields_of(*texts: str) -> list[str]:
    """The fields of texts, each once, in their order; spaces around them do not count.

    >>> fields_of("{contact|friend}, {customer} is {class}", "{ contact }")
    ['contact', 'customer', 'class']
    """
    return list(dict.fromkeys(name.strip() for text in texts for name, _or in _FIELD.findall(text)))


def check(field: str, text: str, known: Collection[str]) -> None:
    """Refuse fields of a text that are none of those `known`, by name.

    Raises:
        ValidationError: of `field`, the text's.
    """
    unknown = [name for name in fields_of(text) if name not in known]
    if unknown:
        told = _("There is no such field: %(names)s. There are: %(known)s.") % {
            "names": ", ".join(f"{{{name}}}" for name in unknown),
            "known": ", ".join(known),
        }
        raise ValidationError({field: told})


def filled(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """A text with its fields filled, and the fields without a value; `{contact|friend}` has one.

    >>> filled("Dear {contact|friend} of {customer}", {"customer": "{owner}"})
    ('Dear friend of {owner}', [])
    """
    missing: list[str] = []
    found: list[str] = []
    for part in _parts(text):
        if isinstance(part, str):
            found.append(part)
            continue
        name, default = part
        value = values.get(name) or default
        if not value and default is None:
            missing.append(name)
        found.append(value or "")
    return "".join(found), missing


@lru_cache(maxsize=200)
def _parts(text: str) -> tuple[str | tuple[str, str | None], ...]:
    """What stands in a text between its fields, and each field with its default."""
    parts: list[str | tuple[str, str | None]] = []
    end = 0
    for found in _FIELD.finditer(text):
        parts += [text[end : found.start()], (found[1].strip(), found[2])]
        end = found.end()
    return (*parts, text[end:])
