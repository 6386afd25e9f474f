"""Every change to the installation: permit, change, event."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kefen_crm.gateway import KefenError, say
from kefen_crm.gateway.ledger import vacuum
from kefen_crm.gateway.settings import change, stored_settings
from kefen_crm.grading.retention import clear_runs
from kefen_crm.operations import company
from kefen_crm.operations.models import Event
from kefen_crm.platform.database import database_url
from kefen_crm.platform.queue import enqueue, state
from kefen_crm.process import backups
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.models import User

BACK_UP, KEEP_TIME = "operations.back_up", "operations.keep_time"
LOCK = "operations"
UPGRADE_BACKUPS = 3
CLEAR_HOUR = 4
REQUESTED_BACKUPS = 10
logger = logging.getLogger(__name__)


def change_settings(by: User, *, relabel: bool = False, **changes: Any) -> None:
    """Keep settings with the data; what is not different is no change.

    Raises:
        PermissionDenied, ValidationError: with the reason in words.
    """
    require(by, Permit.OPERATE)
    before = stored_settings(settings.KEFEN_DATA)
    try:
        now = change(settings.KEFEN_DATA, changes, relabel=relabel)
    except KefenError as error:
        raise ValidationError(say(error), code=error.code) from error
    changed = {
        name: [getattr(before, name), getattr(now, name)]
        for name in changes
        if getattr(before, name) != getattr(now, name)
    }
    if changed:
        Event.objects.create(kind=Event.Kind.SETTINGS, by=by, data=changed)
    company.follow()


@transaction.atomic
def ask_for_backup(by: User) -> None:
    """Queue a backup; one that waits already is enough."""
    require(by, Permit.OPERATE)
    if state(BACK_UP) is None:
        enqueue(BACK_UP, lock=LOCK, reason=backups.ASKED, by=by.pk)


def back_up(reason: str, by: int | None = None) -> None:
    """Take a backup and let the oldest of its sort go; a failure is an event, too."""
    data = settings.KEFEN_DATA
    kinds = {backups.DAILY: stored_settings(data).backups_kept, backups.UPGRADE: UPGRADE_BACKUPS}
    try:
        made = backups.back_up_site(data, database_url(), reason)
        backups.prune(data, reason, kinds.get(reason, REQUESTED_BACKUPS))
    except KefenError as error:
        logger.warning("Backup: %s", error)
        reason_of = {"code": error.code, "data": {k: str(v) for k, v in error.data.items()}}
        Event.objects.create(kind=Event.Kind.BACKUP_FAILED, by_id=by, data=reason_of)
        return
    told = {"file": made.path.name, "bytes": made.bytes, "seconds": made.seconds, "reason": reason}
    Event.objects.create(kind=Event.Kind.BACKUP, by_id=by, data=told)


def keep_time(now: datetime) -> None:
    """Once a day, when the hour has come: take the backup, clear away past versions."""
    company.follow()
    local = timezone.localtime(now)
    remove_runs(local)
    clear_away(local)
    hour = stored_settings(settings.KEFEN_DATA).backup_hour
    if hour is None:
        return
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    due = due if due <= local else due - timedelta(days=1)
    tried = Event.objects.filter(
        kind__in=(Event.Kind.BACKUP, Event.Kind.BACKUP_FAILED), by=None, at__gte=due
    )
    if not tried.exists():
        back_up(backups.DAILY)


def remove_runs(now: datetime) -> None:
    """Remove old runs by the rule that is set, in the first hours of a day."""
    begin = now.replace(hour=CLEAR_HOUR, minute=0, second=0, microsecond=0)
    if now < begin or Event.objects.filter(kind=Event.Kind.RUNS, at__gte=begin).exists():
        return
    cleared = clear_runs(now)
    if cleared.runs:
        told = {"runs": cleared.runs, "bytes": cleared.bytes}
        Event.objects.create(kind=Event.Kind.RUNS, data=told)


def clear_away(now: datetime) -> None:
    """Clear away past versions of the facts in the first hours of a day, once."""
    begin = now.replace(hour=CLEAR_HOUR, minute=0, second=0, microsecond=0)
    if now < begin or Event.objects.filter(kind=Event.Kind.CLEARED, at__gte=begin).exists():
        return
    try:
        files, size = vacuum()
    except KefenError as error:  # such as an import at work; the next hour tries again
        logger.warning("Vacuum: %s", error)
        return
    if files:
        Event.objects.create(kind=Event.Kind.CLEARED, data={"files": files, "bytes": size})
