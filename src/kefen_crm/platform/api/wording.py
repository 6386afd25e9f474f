"""What is wrong with one value of a request, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from collections.abc import Mapping

SENTENCES = {
    "missing": gettext_noop("This is missing."),
    "extra_forbidden": gettext_noop("There is no such field here."),
    "string_type": gettext_noop("This has to be text."),
    "string_pattern_mismatch": gettext_noop("This is not written as %(pattern)s."),
    "string_too_long": gettext_noop("At most %(max_length)s characters."),
    "string_too_short": gettext_noop("At least %(min_length)s characters."),
    "too_short": gettext_noop("At least %(min_length)s are needed."),
    "too_long": gettext_noop("At most %(max_length)s are allowed."),
    "greater_than_equal": gettext_noop("This has to be at least %(ge)s."),
    "less_than_equal": gettext_noop("This has to be at most %(le)s."),
    "greater_than": gettext_noop("This has to be more than %(gt)s."),
    "less_than": gettext_noop("This has to be less than %(lt)s."),
    "enum": gettext_noop("This has to be one of: %(expected)s."),
    "literal_error": gettext_noop("This has to be one of: %(expected)s."),
    "list_type": gettext_noop("This has to be a list."),
    "dict_type": gettext_noop("This has to be an object."),
    "int": gettext_noop("This has to be a whole number."),
    "float": gettext_noop("This has to be a number."),
    "decimal": gettext_noop("This has to be a number."),
    "finite": gettext_noop("This has to be a number."),
    "bool": gettext_noop("This has to be true or false."),
    "date": gettext_noop("This has to be a date such as 2026-01-31."),
    "model": gettext_noop("This has to be an object."),
}


def message(error: Mapping[str, Any]) -> tuple[str, str]:
    """The code and the sentence for one error as pydantic describes it."""
    kind = str(error["type"])
    words = SENTENCES.get(kind) or SENTENCES.get(kind.partition("_")[0])
    facts = {name: _plain(value) for name, value in (error.get("ctx") or {}).items()}
    try:
        detail = _(words) % facts if words else _("This value is not valid.")
    except KeyError:
        detail = _("This value is not valid.")
    return kind.replace("_", "-"), detail


def _plain(value: Any) -> str:
    return str(value).replace("'", "").replace(" or ", ", ")
