"""Webhooks: set up, changed, turned on and off, removed; deliveries sent again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.platform import events
from kefen_crm.platform.registry import declared
from kefen_crm.team.roles import Permit, require
from kefen_crm.webhooks import sending
from kefen_crm.webhooks.models import Delivery, Endpoint
from kefen_crm.webhooks.signing import new_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

ADDED: Final = "webhook.added"
CHANGED: Final = "webhook.changed"
REMOVED: Final = "webhook.removed"
TESTED: Final = "webhook.tested"
FIELDS: Final = ("url", "note", "verbs", "active")
MOST: Final = 20
"""Webhooks there may be."""
CHANGE_OVER: Final = timedelta(days=1)
"""So long the secret before a new one signs as well."""


def verbs() -> dict[str, str]:
    """The events there are, by their verbs, in words."""
    found = {one.verb: str(one.title) for one in declared("timeline")}
    return {verb: found[verb] for verb in sorted(found) if not verb.startswith("webhook.")}


@transaction.atomic
def add(actor: User, given: Mapping[str, Any], *, key: str = "") -> Endpoint:
    """Send an address what happens from now on; `given` has `url`, perhaps `note` and `verbs`.

    Raises:
        PermissionDenied: unless `actor` may operate the installation.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, Permit.OPERATE)
    if answer := events.answered(actor, ADDED, key, given):
        found: Any = answer.target()
        return found  # type: ignore[no-any-return]  # the endpoint of the event
    if Endpoint.objects.count() >= MOST:
        raise ValidationError(_("There are %(most)s webhooks already.") % {"most": MOST})
    made = Endpoint(by=actor, secret=new_secret())
    _say(made, given)
    made.save()
    after = {"url": made.url, "verbs": made.verbs}
    events.record(actor, ADDED, made, after=after, key=key, given=given)
    return made


@transaction.atomic
def change(
    actor: User,
    endpoint: Endpoint,
    given: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Endpoint:
    """Change the address, the note, the events; turn it on or off. Turned on, it is tried at once.

    Raises:
        PermissionDenied, ValidationError, KeyReused: as of `add`.
        Stale: when it is of another version than expected.
    """
    require(actor, Permit.OPERATE)
    asked = {"endpoint": endpoint.pk, **given}
    if answer := events.answered(actor, CHANGED, key, asked):
        again: Any = answer.target()
        return again  # type: ignore[no-any-return]  # the endpoint of the event
    found = events.locked(Endpoint.objects.all(), endpoint.pk, expected_version)
    before = {name: getattr(found, name) for name in FIELDS}
    _say(found, given)
    if found.active:
        found.failures, found.rests_until, found.why_off = 0, None, ""
    events.raised(found)
    after = {name: getattr(found, name) for name in FIELDS if before[name] != getattr(found, name)}
    told = {name: before[name] for name in after}
    events.record(actor, CHANGED, found, before=told, after=after, key=key, given=asked)
    if found.active:
        sending.send_soon(found.pk)
    return found


@transaction.atomic
def renew(actor: User, endpoint: Endpoint) -> Endpoint:
    """Give a webhook a new secret; the one before signs as well for a day.

    Raises:
        PermissionDenied: unless `actor` may operate the installation.
    """
    require(actor, Permit.OPERATE)
    found = events.locked(Endpoint.objects.all(), endpoint.pk)
    found.former_secret, found.former_until = found.secret, timezone.now() + CHANGE_OVER
    found.secret = new_secret()
    events.raised(found)
    events.record(actor, CHANGED, found, after={"secret": "renewed"})
    return found


@transaction.atomic
def remove(actor: User, endpoint: Endpoint) -> None:
    """Remove a webhook, with what waits for it.

    Raises:
        PermissionDenied: unless `actor` may operate the installation.
    """
    require(actor, Permit.OPERATE)
    found = events.locked(Endpoint.objects.all(), endpoint.pk)
    events.record(actor, REMOVED, found, before={"url": found.url})
    found.delete()


@transaction.atomic
def test(actor: User, endpoint: Endpoint) -> Delivery:
    """Send a webhook an event that only says so.

    Raises:
        PermissionDenied: unless `actor` may operate the installation.
        ValidationError: when it is off.
    """
    require(actor, Permit.OPERATE)
    found = _active(endpoint)
    event = events.record(actor, TESTED, found, after={"url": found.url})
    now = timezone.now()
    made = Delivery.objects.create(endpoint=found, event=event, due=now, created=now)
    sending.send_soon(found.pk)
    return made


@transaction.atomic
def send_again(actor: User, delivery: Delivery) -> Delivery:
    """Send a delivery once more, whether it arrived or was given up.

    Raises:
        PermissionDenied: unless `actor` may operate the installation.
        ValidationError: when its webhook is off.
    """
    require(actor, Permit.OPERATE)
    endpoint = _active(delivery.endpoint)
    Endpoint.objects.filter(pk=endpoint.pk).update(rests_until=None)
    found = Delivery.objects.select_for_update().get(pk=delivery.pk)
    found.state, found.attempts, found.due = Delivery.State.WAITING, 0, timezone.now()
    found.save(update_fields=["state", "attempts", "due"])
    sending.send_soon(endpoint.pk)
    return found


def _active(endpoint: Endpoint) -> Endpoint:
    found = events.locked(Endpoint.objects.all(), endpoint.pk)
    if not found.active:
        raise ValidationError(_("This webhook is off: turn it on first."))
    return found


def _say(endpoint: Endpoint, given: Mapping[str, Any]) -> None:
    """Put values into an endpoint.

    Raises:
        ValidationError: by field.
    """
    wrong = {name: _("There is no such field.") for name in given if name not in FIELDS}
    if wrong:
        raise ValidationError(wrong)
    for name in given:
        setattr(endpoint, name, given[name])
    endpoint.url = endpoint.url.strip()
    endpoint.verbs = sorted(set(endpoint.verbs))
    unknown = [verb for verb in endpoint.verbs if verb not in verbs()]
    if unknown:
        told = _("There is no such event: %(verbs)s.") % {"verbs": ", ".join(unknown)}
        raise ValidationError({"verbs": told})
    endpoint.clean_fields(exclude=["by", "former_until", "rests_until"])
    parts = urlsplit(endpoint.url)
    if parts.scheme not in ("http", "https") or parts.username or parts.password:
        raise ValidationError({"url": _("An address begins with https:// and holds no password.")})
