"""Why a person changed something: asked for, and short enough to read."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 500


def given(reason: str) -> str:
    """The reason, trimmed.

    Raises:
        ValidationError: when there is none, or it is too long.
    """
    reason = reason.strip()
    if not reason:
        raise ValidationError(_("Say why: the reason is kept in the history."))
    if len(reason) > LONGEST:
        raise ValidationError(_("Say why in %(most)s characters or fewer.") % {"most": LONGEST})
    return reason
