from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.platform.database import at_once
from kefen_crm.platform.events import KeyReused, Stale

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.forms import BaseForm
    from django.http import HttpRequest

_STALE = gettext_lazy("Somebody changed this meanwhile. Look at it again.")
_LONGEST = 10
"""Digits that are read of a version; one of so many is never reached."""


def chosen_or_new(form: BaseForm, choice: str, *new: str) -> None:
    """Have the fields of a new thing be seen only while none that there is is chosen."""
    form.fields[choice].widget.attrs["data-kf-or-new"] = ""
    for name in new:
        form.fields[name].widget.attrs["data-kf-new"] = ""


def expected_version(request: HttpRequest) -> int | None:
    """The version that the page showed, as its form sends it along."""
    told = request.POST.get("version", "")
    return int(told[:_LONGEST]) if told.isdecimal() else None


def carried_out(form: BaseForm, act: Callable[[], object]) -> bool:
    """Do what a valid form asks for; else the form says why it was refused. Whether it was done."""
    try:
        _done(act)
    except ValidationError as error:
        refused(form, error)
    except Stale:
        form.add_error(None, str(_STALE))
    except KeyReused:
        form.add_error(None, _("This was sent before with other words. Open the dialog again."))
    return not form.errors


def all_errors(form: BaseForm) -> str:
    """What a form says is wrong, as one sentence after the other."""
    return " ".join(str(text) for errors in form.errors.values() for text in errors)


def why_refused(act: Callable[[], object]) -> str:
    """Do what a button asks for; gives the sentence why it was refused, none where it was done."""
    try:
        _done(act)
    except ValidationError as error:
        return " ".join(error.messages)
    except Stale:
        return str(_STALE)
    return ""


def _done(act: Callable[[], object]) -> None:
    """Do it; once more where somebody wrote the same at once, such as by a second click."""
    try:
        act()
    except DatabaseError as error:
        if not at_once(error):
            raise
        act()


def refused(form: BaseForm, error: ValidationError) -> None:
    """Show what an action refused beside the fields it is about."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)
