"""What people note of causes: what was changed, and since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import require
from kefen_crm.tickets.cause_models import CauseChange
from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.permits import SERVE

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.team.models import User


@transaction.atomic
def note_change(actor: User, cause: str, text: str, since: date, *, key: str = "") -> CauseChange:
    """Note what was changed about a cause.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        ValidationError: by field; where no ticket has the cause, and for a day to come.
        KeyReused: when the key came with something else before.
    """
    require(actor, SERVE)
    given = {"cause": cause, "text": text, "since": since.isoformat()}
    if answer := events.answered(actor, "cause.changed", key, given):
        return _target(answer)
    if not Ticket.objects.filter(cause=cause).exclude(cause="").exists():
        raise ValidationError({"cause": _("No ticket has this cause.")})
    if since > current().today(timezone.now()):
        raise ValidationError({"since": _("This day is still to come.")})
    change = CauseChange(cause=cause, text=text.strip(), since=since, by=actor)
    change.full_clean(exclude=["by"])
    change.save()
    events.record(actor, "cause.changed", change, after=given, key=key, given=given)
    return change


@transaction.atomic
def remove_change(actor: User, change: CauseChange) -> None:
    """Take back what was noted of a cause.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
    """
    require(actor, SERVE)
    told = {"cause": change.cause, "text": change.text, "since": change.since.isoformat()}
    events.record(actor, "cause.change-removed", change, before=told)
    change.delete()


def _target(answer: Any) -> CauseChange:
    found: CauseChange = answer.target()
    return found
