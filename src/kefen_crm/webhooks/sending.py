"""Sends what is due, oldest first, and tries again later what did not arrive."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from kefen_crm.platform import events
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.queue import later_once
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Permit
from kefen_crm.webhooks.models import Delivery, Endpoint
from kefen_crm.webhooks.posting import Answer, post
from kefen_crm.webhooks.signing import headers

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

SEND: Final = "webhooks.send"
TURNED_OFF: Final = "webhook.turned_off"
PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=n) for n in (2, 5, 10, 14, 20, 24)),
)
"""After each failed attempt the pause before the next; after the last a delivery is given up."""
MOST_FAILURES: Final = len(PAUSES) + 1
"""After so many attempts in a row that failed an endpoint is turned off."""
AT_ONCE: Final = 100
GONE: Final = 410
KEPT: Final = timedelta(days=30)
"""So long deliveries are listed."""
_CLAIMED: Final = timedelta(minutes=2)
"""So long a delivery that is being sent is nobody else's; after that its worker is dead."""


def send_due() -> None:
    """Queue the sending for every endpoint that has something due."""
    now = timezone.now()
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, due__lte=now)
    awake = Q(rests_until=None) | Q(rests_until__lte=now)
    for pk in Endpoint.objects.filter(awake, active=True, deliveries__in=waiting).distinct():
        send_soon(pk.pk)


def send_soon(endpoint: int, seconds: int = 0) -> None:
    """Queue the sending for an endpoint; those of one endpoint come one after the other."""
    later_once(SEND, lock=f"{SEND}/{endpoint}", seconds=seconds, endpoint=endpoint)


def send(endpoint: int) -> int:
    """Send an endpoint what is due, until something fails; gives how many arrived."""
    arrived = 0
    for _ in range(AT_ONCE):
        one = _claim(endpoint)
        if one is None:
            return arrived
        answer = attempt(one)
        if not _noted(one, answer):
            return arrived
        arrived += 1
    send_soon(endpoint)
    return arrived


def attempt(delivery: Delivery) -> Answer:
    """Send a delivery once, signed as of now."""
    endpoint, now = delivery.endpoint, timezone.now()
    body = json.dumps(
        payload_of(delivery.event), cls=DjangoJSONEncoder, ensure_ascii=False
    ).encode()
    keys = [endpoint.secret]
    if endpoint.former_secret and endpoint.former_until and endpoint.former_until > now:
        keys.append(endpoint.former_secret)
    signed = headers(keys, str(delivery.event_id), int(now.timestamp()), body)
    return post(endpoint.url, body, signed)


def payload_of(event: Event) -> dict[str, Any]:
    """An event as it is sent."""
    return {
        "type": event.verb,
        "timestamp": event.at,
        "data": {
            "id": event.pk,
            "by": event.actor.username if event.actor else None,
            "customer": event.customer.code if event.customer else None,
            "object": event.object_type,
            "object_id": event.object_id,
            "version": event.version,
            "before": event.before,
            "after": event.after,
            "reason": event.reason,
        },
    }


@transaction.atomic
def _claim(endpoint: int) -> Delivery | None:
    """The next delivery of an endpoint that is due, counted as tried before it is sent."""
    now = timezone.now()
    found = Delivery.objects.filter(
        Q(endpoint__rests_until=None) | Q(endpoint__rests_until__lte=now),
        endpoint=endpoint,
        endpoint__active=True,
        state=Delivery.State.WAITING,
        due__lte=now,
    )
    related = ("endpoint", "event__actor", "event__customer")
    one = (
        found.select_for_update(of=("self",), skip_locked=True)
        .select_related(*related)
        .order_by("event_id")
        .first()
    )
    if one is not None:
        one.attempts += 1
        one.tried, one.due = now, now + _CLAIMED
        one.save(update_fields=["attempts", "tried", "due"])
    return one


@transaction.atomic
def _noted(delivery: Delivery, answer: Answer) -> bool:
    """Note what came of an attempt; whether to go on with the next."""
    endpoint = Endpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
    now = timezone.now()
    delivery.status, delivery.error = answer.status, answer.error
    if answer.fine:
        delivery.state = Delivery.State.DELIVERED
        delivery.save(update_fields=["state", "status", "error"])
        if endpoint.failures:
            endpoint.failures, endpoint.rests_until = 0, None
            endpoint.save(update_fields=["failures", "rests_until"])
        return True
    if delivery.attempts > len(PAUSES):
        delivery.state = Delivery.State.FAILED
    else:
        delivery.due = now + PAUSES[delivery.attempts - 1]
    delivery.save(update_fields=["state", "status", "error", "due"])
    endpoint.failures += 1
    gone = answer.status == GONE
    if gone or endpoint.failures >= MOST_FAILURES:
        _turn_off(endpoint, "gone" if gone else "failing")
        return False
    pause = PAUSES[endpoint.failures - 1]
    endpoint.rests_until = now + pause
    endpoint.save(update_fields=["failures", "rests_until"])
    send_soon(endpoint.pk, int(pause.total_seconds()) + 1)
    return False


def _turn_off(endpoint: Endpoint, why: str) -> None:
    """Send an endpoint nothing more, and tell the administrators."""
    endpoint.active, endpoint.why_off = False, why
    events.raised(endpoint)
    told = {"url": endpoint.url, "why": why}
    events.record(None, TURNED_OFF, endpoint, before={"active": True}, after=told)
    notify(
        permitted(Permit.OPERATE),
        TURNED_OFF,
        gettext_noop("The webhook %(url)s was turned off: it does not answer"),
        {"url": endpoint.url},
        reverse("webhooks:endpoint", args=[endpoint.pk]),
    )


def forget() -> None:
    """Forget deliveries that ended long ago."""
    ended = Delivery.objects.exclude(state=Delivery.State.WAITING)
    ended.filter(created__lt=timezone.now() - KEPT).delete()
