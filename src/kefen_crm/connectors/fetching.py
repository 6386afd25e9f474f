"""What the worker does with a connector: it asks, keeps what came, and looks what came of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from kefen_crm.connectors.actions import folder_of, run_soon
from kefen_crm.connectors.models import Connector, Fetch
from kefen_crm.connectors.sources import SOURCES
from kefen_crm.connectors.sources.base import Asked, Fetched, Sent, SourceError
from kefen_crm.facts.answers import SERVER_ERROR
from kefen_crm.facts.api.bodies import as_file
from kefen_crm.facts.models import FactWrite
from kefen_crm.facts.writing import Wanted, attend, take
from kefen_crm.gateway import facts
from kefen_crm.imports import actions as imports
from kefen_crm.imports.models import Import
from kefen_crm.platform import events
from kefen_crm.platform.api.parsing import JSON
from kefen_crm.platform.notifications import notify
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from datetime import datetime

TURNED_OFF: Final = "connector.turned-off"
PATIENCE: Final = 20.0
"""Seconds that what came waits for the ledger before it is left to the worker."""
EVERY: Final = {
    Connector.Every.QUARTER: timedelta(minutes=15),
    Connector.Every.HOUR: timedelta(hours=1),
    Connector.Every.DAY: timedelta(days=1),
}
MOST_FAILURES: Final = 10
LONGEST_REST: Final = timedelta(days=1)
SENT_AGAIN: Final = timedelta(minutes=5)
"""After so long what could not be sent is sent again, then after twice as long each time."""
KEPT: Final = timedelta(days=90)
OPEN: Final = (Fetch.Outcome.CHECKED, Fetch.Outcome.WAITS)
_COUNTED: Final = ("added", "replaced", "unchanged", "rejected", "created_customers")


def run_due() -> None:
    """Have every connector asked that is due, and go on with files that were checked."""
    asked = [one.name for one in SOURCES.values() if one.receiver is None]
    for connector in Connector.objects.filter(
        active=True, due__lte=timezone.now(), source__in=asked
    ):
        run_soon(connector)
    for fetch in Fetch.objects.filter(outcome__in=OPEN).select_related("connector__by"):
        go_on(fetch)


def run(connector_id: int) -> Fetch | None:
    """Ask a connector what is new, and keep it with how far was fetched, both or neither."""
    found = Connector.objects.select_related("by").filter(pk=connector_id, active=True).first()
    if found is None:
        return None
    began = timezone.now()
    source = SOURCES[found.source]
    if source.receiver is not None:
        return None
    try:
        if source.send is not None:
            return _sent(found, source.send(found), began)
        told = source.fetch(Asked(found.settings, found.secret, found.cursor, folder_of(found)))
        kept = _kept(found, told, began)
    except SourceError as error:
        return _failed(found, began, {"code": error.code, "data": error.data})
    except PermissionDenied:
        return _failed(found, began, {"code": "not-permitted", "data": {}})
    except OSError as error:
        return _failed(found, began, {"code": "disk", "data": {"detail": error.strerror or ""}})
    if kept is None:
        return None
    fetch, writes = kept
    told.taken()
    for write in writes:
        attend(write, PATIENCE)
    settle(fetch, writes)
    if told.more:
        run_soon(found)
    return fetch


@transaction.atomic
def _sent(asked: Connector, told: Sent, began: datetime) -> Fetch | None:
    """Note what was sent; None where the connector is another by now."""
    found = Connector.objects.select_for_update().filter(pk=asked.pk, active=True).first()
    if found is None or found.settings != asked.settings:
        return None
    why = told.why
    found.cursor = told.cursor
    found.save(update_fields=["cursor"])
    counts = {"added": told.added, "removed": told.removed}
    if why is not None and not any(counts.values()):
        return _failed(found, began, {"code": why.code, "data": why.data})
    every = EVERY[Connector.Every(found.every)]
    rest = every if why is None else min(SENT_AGAIN, every)
    found.failures, found.due = 0, timezone.now() + rest
    found.save(update_fields=["failures", "due"])
    fetch = Fetch(connector=found, began=began, outcome=Fetch.Outcome.NOTHING)
    fetch.told = {"sent": counts, "left_out": told.left_out}
    if why is not None:
        fetch.outcome = Fetch.Outcome.FAILED
        fetch.told["why"] = {"code": why.code, "data": why.data}
    elif any(counts.values()):
        fetch.outcome = Fetch.Outcome.SENT
    fetch.save()
    if fetch.outcome == Fetch.Outcome.NOTHING:
        _forget_the_one_before(fetch)
    if told.more:
        run_soon(found, told.pause)
    return fetch


@transaction.atomic
def _kept(asked: Connector, told: Fetched, began: datetime) -> tuple[Fetch, list[FactWrite]] | None:
    """Keep what came, and how far was fetched; None where the connector is another by now."""
    found = Connector.objects.select_for_update().filter(pk=asked.pk, active=True).first()
    if found is None or found.cursor != asked.cursor or found.settings != asked.settings:
        return None
    fetch = Fetch.objects.create(connector=found, outcome=Fetch.Outcome.CHECKED, began=began)
    writes = taken(fetch, told)
    for name, content in told.files:
        record = imports.upload(asked.by, ContentFile(content, name))
        fetch.imported.add(record)
        if record.status == Import.Status.UPLOADED and record.kind:
            imports.request_check(asked.by, record.pk, record.mapping)
    found.cursor, found.failures = told.cursor, 0
    found.due = timezone.now() + EVERY[Connector.Every(found.every)]
    found.save(update_fields=["cursor", "failures", "due"])
    return fetch, writes


def taken(fetch: Fetch, told: Fetched) -> list[FactWrite]:
    """Keep the facts of a fetch, in the transaction that makes it; they land in their turn.

    Raises:
        PermissionDenied: where whoever set the connector up may import no more.
        Refused: where they are no facts.
    """
    writes, title = [], fetch.connector.title
    for kind, rows in told.rows.items():
        if rows:
            body = json.dumps(rows, ensure_ascii=False).encode()
            file = as_file(JSON, body, title, kind)
            wanted = Wanted("send", kind, title, dict(facts.given()), file)
            writes.append(take(fetch.connector.by, wanted)[0])
    fetch.told = {"writes": [one.pk for one in writes], "left_out": told.left_out}
    fetch.save(update_fields=["told"])
    return writes


def settle(fetch: Fetch, writes: list[FactWrite]) -> None:
    """Note what came of the facts of a fetch; its files are looked at as they go on."""
    rows: dict[str, Any] = {}
    fetch.told.pop("writes", None)
    for write in writes:
        answer = write.answer or {}
        if write.status == FactWrite.Status.LANDED:
            rows[write.kind] = {name: answer.get(name, 0) for name in _COUNTED}
            rows[write.kind]["batch"] = answer.get("id")
        elif write.status == FactWrite.Status.QUEUED:
            rows[write.kind] = {"queued": True}
            fetch.told["writes"] = [one.pk for one in writes]
        else:
            code = "refused" if (write.code or 0) < SERVER_ERROR else "server"
            fetch.told["why"] = {"code": code, "data": {"detail": answer.get("detail", "")}}
    fetch.told["rows"] = rows
    if "writes" in fetch.told:
        fetch.outcome = Fetch.Outcome.CHECKED
    elif "why" in fetch.told:
        fetch.outcome = Fetch.Outcome.FAILED
    elif any(one.get("added") or one.get("replaced") for one in rows.values()):
        fetch.outcome = Fetch.Outcome.LANDED
    else:
        fetch.outcome = Fetch.Outcome.NOTHING
    if fetch.imported.exists():
        fetch.outcome = Fetch.Outcome.CHECKED
    fetch.save(update_fields=["told", "outcome"])
    if fetch.outcome == Fetch.Outcome.NOTHING:
        _forget_the_one_before(fetch)


def go_on(fetch: Fetch) -> None:
    """Land the files of a fetch that were checked and ask nothing; note what came of all of it."""
    if queued := fetch.told.get("writes"):
        writes = list(FactWrite.objects.filter(pk__in=queued))
        settle(fetch, [attend(one, 0, later=True) for one in writes])
        return
    by = fetch.connector.by
    for record in fetch.imported.all():
        if record.status != Import.Status.CHECKED or fetch.outcome != Fetch.Outcome.CHECKED:
            continue
        if record.report.get("already"):
            imports.remove(by, record.pk)
        elif record.ready:
            try:
                imports.request_landing(by, record.pk)
            except (ValidationError, PermissionDenied):
                continue  # it asks something, which a person answers
    _look(fetch)


def _look(fetch: Fetch) -> None:
    """Note how the files of a fetch stand."""
    records = list(fetch.imported.all())
    states = {one.status for one in records}
    status = Import.Status
    if states & Import.BUSY:
        outcome = Fetch.Outcome.CHECKED
    elif states & {status.FAILED}:
        outcome = Fetch.Outcome.FAILED
    elif states & {status.UPLOADED, status.CHECKED}:
        outcome = Fetch.Outcome.WAITS
    else:
        outcome = Fetch.Outcome.LANDED if records else Fetch.Outcome.NOTHING
    if outcome == fetch.outcome:
        return
    fetch.outcome = outcome
    rows = dict(fetch.rows)
    for one in records:
        if one.status == status.COMMITTED:
            counted = rows.setdefault(one.kind, {})
            for name in _COUNTED:
                counted[name] = counted.get(name, 0) + int(one.report.get(name) or 0)
    fetch.told = {**fetch.told, "rows": rows}
    fetch.save(update_fields=["outcome", "told"])
    if outcome == Fetch.Outcome.NOTHING:
        _forget_the_one_before(fetch)


def _forget_the_one_before(fetch: Fetch) -> None:
    """Of two fetches in a row that brought nothing the last is enough."""
    before = Fetch.objects.filter(connector=fetch.connector, pk__lt=fetch.pk).first()
    if before is not None and before.outcome == Fetch.Outcome.NOTHING and not before.key:
        before.delete()


@transaction.atomic
def _failed(asked: Connector, began: datetime, why: dict[str, Any]) -> Fetch:
    """Note that a connector gave nothing; it rests the longer the more often it failed."""
    found = Connector.objects.select_for_update().get(pk=asked.pk)
    found.failures += 1
    every = EVERY[Connector.Every(found.every)]
    first = min(SENT_AGAIN, every) if SOURCES[found.source].sends else every
    rest = first * 2 ** min(found.failures - 1, 10)
    found.due = timezone.now() + min(rest, max(LONGEST_REST, every))
    found.save(update_fields=["failures", "due"])
    fetch = Fetch.objects.create(
        connector=found, outcome=Fetch.Outcome.FAILED, told={"why": why}, began=began
    )
    if found.failures >= MOST_FAILURES:
        _turn_off(found)
    return fetch


def _turn_off(connector: Connector) -> None:
    connector.active, connector.why_off = False, "failing"
    events.raised(connector)
    events.record(
        None, TURNED_OFF, connector, before={"active": True}, after={"title": connector.title}
    )
    notify(
        permitted(Permit.OPERATE),
        TURNED_OFF,
        gettext_noop("The connector %(title)s was turned off: it gives nothing any more"),
        {"title": connector.title},
        reverse("connectors:detail", args=[connector.pk]),
    )


def forget() -> None:
    """Forget fetches of long ago."""
    Fetch.objects.filter(began__lt=timezone.now() - KEPT).delete()
