"""Sends approved letters, each at most once, and none that is out of date by then.

A letter is `sending`, and the stage of its invoices is an `Effect`, before the mail server is
spoken to. A program that is killed in between leaves it `unsure`: it is never sent again by
itself. What the server refuses is given back.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import TYPE_CHECKING, Final

from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from kefen_crm.dunning.models import Step, Why
from kefen_crm.dunning.planner import target_of
from kefen_crm.dunning.policy import POLICY
from kefen_crm.gateway.debts import ledger_version, open_of
from kefen_crm.platform import events, feeds
from kefen_crm.platform.calendar import current
from kefen_crm.platform.models import Effect
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.queue import later_once
from kefen_crm.receivables.models import Dispute, Promise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from kefen_crm.platform.due import Due
    from kefen_crm.team.models import User

SEND: Final = "dunning.send"
PATIENCE: Final = timedelta(minutes=15)
"""So long a letter may be on its way until it is taken for lost."""
MONEY_KINDS: Final = frozenset({"payments", "invoices"})
State = Step.State
log = logging.getLogger(__name__)


class Owed:
    """What customers owe now, with the facts of today; read anew when the ledger changed."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes, self._version = set(codes), -1
        self._open: dict[tuple[str, str], Decimal] = {}

    def open(self, code: str, number: str) -> Decimal | None:
        """What is open of an invoice; None where it is paid or no more."""
        if (version := ledger_version()) != self._version:
            tomorrow = current().today(timezone.now()) + timedelta(days=1)
            self._open, self._version = open_of(self._codes, tomorrow), version
        return self._open.get((code, number))


def why_not(step: Step, owed: Owed) -> tuple[Why, str] | None:
    """What speaks against a step by now, and of what: a payment, a dispute, a promise.

    It counts whatever came since the step was proposed, also what was just written on the site and
    is not in the ledger yet.
    """
    invoices = list(step.invoices.all())
    customer = step.customer
    if not customer.current:
        return Why.ARCHIVED, ""
    if MONEY_KINDS & set(feeds.waiting([customer.pk])):
        return Why.NOTED, ""
    for one in invoices:
        left = owed.open(customer.code, one.number)
        if left is None or left < one.open:
            return Why.PAYMENT, one.number
    numbers = [one.number for one in invoices]
    disputes = Dispute.objects.filter(customer=customer, number__in=numbers, state="open")
    if number := disputes.values_list("number", flat=True).first():
        return Why.DISPUTE, number
    promises = Promise.objects.filter(customer=customer, state=Promise.State.OPEN)
    if promises.filter(created__gte=step.proposed_at).exists():
        return Why.PROMISE, ""
    return None


def send_approved() -> None:
    """Send every approved letter that goes by mail."""
    waiting = Step.objects.filter(state=State.APPROVED, channel=Step.Channel.MAIL)
    rows = list(waiting.order_by("moved_at", "pk").values_list("pk", "customer__code"))
    owed = Owed(code for _pk, code in rows)
    for pk, _code in rows:
        try:
            send(pk, owed)
        except Exception:  # one letter's trouble is not another's
            log.exception("Letter %s was not sent", pk)


def send(pk: int, owed: Owed) -> None:
    """Send one letter, unless something speaks against it by now."""
    step = _begin(pk, owed)
    if step is None:
        return
    mail = EmailMessage(
        step.subject, step.text, to=[step.to], headers={"Auto-Submitted": "auto-generated"}
    )
    try:
        mail.send()
    except SMTPServerDisconnected:
        ended(pk, State.UNSURE, Why.BROKEN)
    except SMTPRecipientsRefused:
        ended(pk, State.FAILED, Why.ADDRESS, keep=False)
    except (SMTPException, OSError) as error:
        ended(pk, State.APPROVED, Why.SERVER, type(error).__name__, keep=False)
    else:
        ended(pk, State.DONE)


@transaction.atomic
def _begin(pk: int, owed: Owed) -> Step | None:
    """Take an approved letter on its way; None when it is not to go."""
    known = Step.objects.select_for_update(of=("self",)).select_related("customer")
    step = known.filter(pk=pk, state=State.APPROVED).first()
    if step is None or not fit(None, step, owed):
        return None
    move(step, State.SENDING)
    return step


def fit(actor: User | None, step: Step, owed: Owed) -> bool:
    """Note the stages of a locked step as done; one that something speaks against is stopped."""
    against = why_not(step, owed)
    effects = effects_of(step)
    done = Effect.objects.filter(rule=POLICY, target__in=[one.target for one in effects])
    there = set(done.values_list("target", "occurrence"))
    if not against and any((one.target, one.occurrence) in there for one in effects):
        against = Why.TWICE, ""
    if against:
        move(step, State.STOPPED, *against)
        events.record(actor, "dunning.stopped", step, after=summary(step))
        return False
    Effect.objects.bulk_create(effects)
    return True


def effects_of(step: Step) -> Sequence[Effect]:
    """The stage of each of a step's invoices, as the effect that it is."""
    return [
        Effect(rule=POLICY, target=target_of(step.customer_id, one.number), occurrence=one.level)
        for one in step.invoices.all()
    ]


@transaction.atomic
def ended(
    pk: int,
    state: Step.State,
    why: str = "",
    note: str = "",
    *,
    keep: bool = True,
    actor: User | None = None,
) -> None:
    """Say how the sending of a letter ended; unless its stages are to `keep`, they are undone."""
    step = Step.objects.select_for_update(of=("self",)).select_related("customer").get(pk=pk)
    if step.state not in (State.SENDING, State.UNSURE):
        return
    if not keep:
        for one in effects_of(step):
            Effect.objects.filter(
                rule=POLICY, target=one.target, occurrence=one.occurrence
            ).delete()
    move(step, state, why, note)
    if state != State.APPROVED:
        verb = {State.DONE: "sent", State.UNSURE: "unsure"}.get(state, state.value)
        events.record(actor, f"dunning.{verb}", step, after=summary(step))


def move(step: Step, state: Step.State, why: str = "", note: str = "") -> None:
    """Save a locked step in another state."""
    step.state, step.why, step.note, step.moved_at = state, why, note[:500], timezone.now()
    events.raised(step)


def summary(step: Step) -> dict[str, object]:
    """What an event says of a step."""
    return {
        "level": step.level,
        "channel": step.channel,
        "amount": str(step.amount),
        "invoices": [one.number for one in step.invoices.all()],
        "why": step.why,
        "note": step.note,
    }


def look_after(due: Due) -> None:
    """Call lost what was on its way for long, and send what waits."""
    lost = Step.objects.filter(state=State.SENDING, moved_at__lt=due.now - PATIENCE)
    for pk in lost.values_list("pk", flat=True):
        ended(pk, State.UNSURE, Why.LOST)
    if Step.objects.filter(state=State.APPROVED, channel=Step.Channel.MAIL).exists():
        later_once(SEND, lock=SEND)


JOB = ClockJob("dunning.send", look_after, every="half-hour")
