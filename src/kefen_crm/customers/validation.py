"""What people type, as the customer's fields hold it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from kefen_crm.customers import fields
from kefen_crm.customers.fields import EDITABLE, OWNER
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import customers as engine
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NOTE = 10_000


def cleaned(values: Mapping[str, Any]) -> dict[str, str]:
    """The texts of fields, as `FieldEdit` keeps them; None is an empty value.

    Raises:
        ValidationError: with a sentence for each field that cannot be taken.
    """
    found, faults = {}, {}
    for name, value in values.items():
        try:
            found[name] = _cleaned(name, value)
        except ValidationError as error:
            faults[name] = error.messages
    if faults:
        raise ValidationError(faults)
    return found


def cleaned_code(code: str) -> str:
    """A code that a new customer may have, written as the ledger writes it.

    Raises:
        ValidationError: for `code`, when another customer has it.
    """
    code = " ".join(unicodedata.normalize("NFKC", code.replace("\0", "")).split())
    if len(code) > engine.LONGEST_NAME:
        raise ValidationError({"code": _too_long(_("code"), engine.LONGEST_NAME, len(code))})
    if Customer.objects.filter(code=code).exists():
        raise ValidationError({"code": _("Another customer has this code.")})
    return code


def _cleaned(name: str, value: Any) -> str:
    if name not in EDITABLE:
        raise ValidationError(_("There is no such field to write."))
    if name == OWNER:
        return _owner(value)
    field: Any = Customer._meta.get_field(name)  # noqa: SLF001  # Django documents it for use
    if name in fields.TEXTS:
        text = _text(name, "" if value is None else str(value))
        _require_length(name, text, field)
        field.run_validators(text)
        return text
    if value in (None, "") or not str(value).strip():
        return ""
    plain = field.to_python(value.strip() if isinstance(value, str) else value)
    field.run_validators(plain)
    if name in engine.CREDIT and plain < 0:
        raise ValidationError(_("This cannot be less than nothing."))
    return fields.text(plain)


def _text(name: str, value: str) -> str:
    value = value.replace("\0", "").replace("\r\n", "\n").strip()
    text = value if name == "note" else " ".join(value.split())
    if name == "name" and not any(unicodedata.category(one)[0] not in "CZ" for one in text):
        raise ValidationError(_("A customer needs a name."))
    if name == "email" and text:
        validate_email(text)
    return text


def _require_length(name: str, text: str, field: Any) -> None:
    """Refuse a text that the ledger would refuse, or that the site could not show whole."""
    most, count = field.max_length or LONGEST_NOTE, len(text)
    if name == "name":
        most, count = engine.LONGEST_NAME, max(count, len(unicodedata.normalize("NFKC", text)))
    if count > most:
        raise ValidationError(_too_long(str(field.verbose_name), most, count))


def _too_long(title: str, most: int, count: int) -> str:
    told = {"field": title.capitalize(), "most": most, "count": count}
    return _("%(field)s: at most %(most)s characters are taken, and this has %(count)s.") % told


def _owner(value: Any) -> str:
    """The number of an active person, given as that number or as the user."""
    number = str(value.pk if isinstance(value, User) else value or "").strip()
    if not number:
        return ""
    people = User.objects.filter(is_active=True, service=False)
    if not number.isdecimal() or not people.filter(pk=int(number)).exists():
        raise ValidationError(_("Nobody who can look after customers has this number."))
    return str(int(number))
