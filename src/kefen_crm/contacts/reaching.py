"""Ways to reach a person, cleaned: what is written, and how it is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from kefen_crm.contacts.models import Reach
from kefen_crm.platform.phones import HOME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

"""The country of phone numbers without one."""
LONGEST: Final = 200
MOST: Final = 20
"""Ways to reach one contact."""
_SHOWN: Final = 30
"""Characters of what is too long that are told."""


def cleaned(given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Ways as they are kept; the same one twice is there once.

    Raises:
        ValidationError: of `reaches`, for what is no phone number or address.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in given:
        kind, value = str(one["kind"]), str(one["value"]).strip()
        try:
            normal = normalised(kind, value)
        except ValidationError as error:
            raise ValidationError({"reaches": error.messages}) from None
        more = {"valid": one.get("valid", True), "consent": one.get("consent", "unknown")}
        found[kind, normal] = {"kind": kind, "value": value, "normal": normal, **more}
    if len(found) > MOST:
        raise ValidationError({"reaches": _("At most %(most)s are kept.") % {"most": MOST}})
    return list(found.values())


def normalised(kind: str, value: str) -> str:
    """A value as it is compared.

    Raises:
        ValidationError: when it is none of its kind.
    """
    if not value or "\x00" in value:
        raise ValidationError(_("Write where the person is reached."))
    if len(value) > LONGEST:
        told = {"value": f"{value[:_SHOWN]}…", "most": LONGEST}
        raise ValidationError(_("“%(value)s” is longer than %(most)s characters.") % told)
    if kind == Reach.Kind.EMAIL:
        try:
            validate_email(value)
        except ValidationError:
            told = {"value": value}
            raise ValidationError(_("“%(value)s” is no e-mail address.") % told) from None
        return value.lower()
    if kind == Reach.Kind.PHONE:
        try:
            number = phonenumbers.parse(value, HOME)
        except phonenumbers.NumberParseException:
            raise ValidationError(_("“%(value)s” is no phone number.") % {"value": value}) from None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return value
