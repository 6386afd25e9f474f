"""Sends what is due, each message at most once, and none that may not go by then.

A message is `sending` in the database before its provider is spoken to. A program that is killed
in between leaves it so; after a while it is `unknown`, and never sent again by itself.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from kefen_crm.customers.models import CURRENT
from kefen_crm.outreach import reaching
from kefen_crm.outreach.channels import Outcome, hand_over, sender_of
from kefen_crm.outreach.models import Channel, Message, Suppression, Template, Why
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once
from kefen_crm.team.actions import digest

if TYPE_CHECKING:
    from datetime import datetime

    from kefen_crm.outreach.models import Sender
    from kefen_crm.platform.due import Due

SEND: Final = "outreach.send"
PATIENCE: Final = timedelta(minutes=15)
"""So long a message may be on its way until it is taken for lost."""
AGAIN: Final = timedelta(minutes=5)
"""After so long a message is tried again that its provider did not take."""
AT_ONCE: Final = 500
BY_MACHINE: Final = (Channel.EMAIL, Channel.SMS, Channel.GROUP)
State = Message.State
log = logging.getLogger(__name__)


def send_due() -> None:
    """Queue the sending of every channel that has something due, and call lost what is."""
    now = timezone.now()
    lost(now)
    waiting = Message.objects.filter(state=State.QUEUED, due__lte=now)
    for channel in BY_MACHINE:
        if waiting.filter(channel=channel).exists():
            send_soon(channel)


def send_soon(channel: str, seconds: int = 0) -> None:
    """Queue the sending of a channel; its messages go one after the other."""
    later_once(SEND, lock=f"{SEND}/{channel}", seconds=seconds, channel=channel)


def send(channel: str) -> int:
    """Send what is due of a channel; gives how many messages a provider took."""
    sender = sender_of(channel)
    if sender is None:
        return 0
    taken = 0
    for _ in range(min(AT_ONCE, sender.per_minute)):
        message, token = claim(channel)
        if message is None:
            return taken
        if message.state != State.SENDING:
            continue
        outcome = _try(message, sender, token)
        noted(message.pk, outcome)
        if outcome.state == State.QUEUED:  # the provider is busy or away: so for the next ones
            send_soon(channel, int(AGAIN.total_seconds()))
            return taken
        taken += outcome.state == State.SENT
    send_soon(channel, 60 if sender.per_minute < AT_ONCE else 0)
    return taken


def _try(message: Message, sender: Sender, token: str) -> Outcome:
    address = ""
    if token:
        path = reverse("outreach:unsubscribe", args=[token])
        address = settings.KEFEN_URL.rstrip("/") + path
    try:
        return hand_over(message, sender, address)
    except Exception as error:  # whatever it was, the message may have gone
        log.exception("Message %s may not have been sent", message.pk)
        return Outcome(State.UNKNOWN, why=type(error).__name__)


@transaction.atomic
def claim(channel: str) -> tuple[Message | None, str]:
    """The next message that is due, as `sending`; or as `stopped`, where it may not go by now.

    With it the secret part of the address by which the customer unsubscribes, of mails.
    """
    now = timezone.now()
    known = Message.objects.filter(channel=channel, state=State.QUEUED, due__lte=now)
    known = known.select_for_update(of=("self",), skip_locked=True).order_by("due", "pk")
    message = known.select_related("customer", "wording__template", "contact").first()
    if message is None:
        return None, ""
    if later := _quiet_until(channel, now):
        Message.objects.filter(pk=message.pk).update(due=later)
        message.due = later
        return message, ""
    if why := why_not(message):
        move(message, State.STOPPED, why)
        return message, ""
    token = secrets.token_urlsafe(18) if channel == Channel.EMAIL else ""
    message.digest = digest(token) if token else ""
    move(message, State.SENDING)
    return message, token


def why_not(message: Message) -> Why | None:
    """What speaks against a message that was made, by now."""
    if message.until and message.until <= timezone.now():
        return Why.LATE
    if message.customer.standing not in CURRENT:
        return Why.GONE
    if Suppression.objects.filter(channel=message.channel, normal=message.address).exists():
        return Why.SUPPRESSED
    if message.contact and message.contact.left_on:
        return Why.NO_ADDRESS
    if message.contact and message.address:
        reach = message.contact.reaches.filter(normal=message.address)
        known = reach.values_list("valid", "consent").first()
        if known is None or not known[0]:
            return Why.NO_ADDRESS
        if known[1] == "no":
            return Why.REFUSED
    if message.wording.template.purpose == Template.Purpose.MARKETING:
        return reaching.silenced([message.customer_id], timezone.now()).get(message.customer_id)
    return None


def _quiet_until(channel: str, now: datetime) -> datetime | None:
    """When the quiet hours are over; None outside them, and for our own groups."""
    if channel == Channel.GROUP:
        return None
    later = reaching.due(now, current())
    return later if later > now else None


@transaction.atomic
def noted(pk: int, outcome: Outcome) -> None:
    """Note what came of the sending of a message that is `sending`, or was lost meanwhile."""
    found = Message.objects.select_for_update(of=("self",)).select_related("customer").get(pk=pk)
    if found.state not in (State.SENDING, State.UNKNOWN):
        return
    found.provider_id = outcome.provider_id or found.provider_id
    if outcome.state == State.QUEUED:
        found.due = timezone.now() + AGAIN
    move(found, outcome.state, outcome.why)
    if outcome.state == State.BOUNCED:
        _shut(found)


def lost(now: datetime) -> int:
    """Call `unknown` what was on its way for long; gives how many."""
    late = Message.objects.filter(state=State.SENDING, moved_at__lt=now - PATIENCE)
    count = 0
    for pk in late.values_list("pk", flat=True):
        noted(pk, Outcome(State.UNKNOWN, why=Why.LOST))
        count += 1
    return count


def report(message: Message, state: str, why: str = "", *, shut: bool = True) -> Message:
    """Note what a provider reports of a message; a mail that came back may `shut` its address.

    A report that comes late changes no later state: what came back did not arrive.
    """
    with transaction.atomic():
        found = Message.objects.select_for_update(of=("self",)).get(pk=message.pk)
        better = {State.SENDING, State.SENT, State.UNKNOWN}
        if state == State.BOUNCED:
            better.add(State.DELIVERED)
        if found.state in better:
            move(found, State(state), why)
            if state == State.BOUNCED and shut:
                _shut(found)
        return found


def _shut(message: Message) -> None:
    """Send nothing more to an address that mail came back from."""
    if message.channel in (Channel.EMAIL, Channel.SMS) and message.address:
        Suppression.objects.get_or_create(
            channel=message.channel,
            normal=message.address,
            defaults={"why": Suppression.Why.BOUNCED, "customer_id": message.customer_id},
        )


def move(message: Message, state: State, why: str = "") -> None:
    """Save a locked message in another state; what is for the timeline is told."""
    before = message.state
    message.state, message.why, message.moved_at = state, str(why)[:200], timezone.now()
    events.raised(message)
    if verb := TOLD.get(state):
        events.record(None, verb, message, before={"state": before}, after=summary(message))


TOLD: Final = {
    State.SENT: "outreach.sent",
    State.BOUNCED: "outreach.bounced",
    State.UNKNOWN: "outreach.unknown",
    State.FAILED: "outreach.failed",
}
"""The events of states that a customer's timeline shows."""


def summary(message: Message) -> dict[str, object]:
    """What an event says of a message."""
    return {
        "channel": message.channel,
        "subject": message.subject,
        "to": message.to,
        "state": message.state,
        "why": message.why,
    }


def looked_after(_due: Due) -> None:
    """Every half hour: what a lost job left is taken up."""
    send_due()


JOB = ClockJob("outreach.send", looked_after, every="half-hour")
