"""The rules of the rhythm: how often the customers of a scope are spoken to."""

from __future__ import annotations

from django.utils.translation import gettext_noop
from pydantic import Field

from kefen_crm.platform.scoped_rules import ScopedRule

CONTACT_GAP = "contact_gap"


class ContactGap(ScopedRule):
    """Customers of the scope are spoken to at least every so many working days."""

    working_days: int = Field(
        default=20,
        ge=1,
        le=250,
        title=gettext_noop("Every so many working days"),
        description=gettext_noop(
            "After a call that was answered, a meeting or a visit the next is due so many "
            "working days later."
        ),
    )
