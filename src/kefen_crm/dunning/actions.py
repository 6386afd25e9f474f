"""What people do with proposed steps: approve, reject, take back, print, say what became of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities import actions as activities
from kefen_crm.credit import actions as credit
from kefen_crm.customers.queries import changeable_by
from kefen_crm.dunning import letters
from kefen_crm.dunning.models import LetterText, Level, Step, Why
from kefen_crm.dunning.permits import DUN
from kefen_crm.dunning.proposing import channel_of, propose
from kefen_crm.dunning.sending import SEND, Owed, ended, fit, move, summary
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.platform.queue import later_once
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from kefen_crm.team.models import User

State = Step.State
CALLS = "dunning"
"""Where tasks to call come from."""


def steps_of(actor: User) -> QuerySet[Step]:
    """The steps about customers that `actor` may change."""
    return Step.objects.filter(customer__in=changeable_by(actor)).select_related("customer")


@transaction.atomic
def approve(actor: User, steps: Collection[int], *, key: str = "") -> int:
    """Approve proposed steps: letters go by mail or wait to be printed, calls become tasks.

    Holds are placed at once. Those that are not proposed any more are left out; gives how many
    were approved or, since something spoke against a call or a hold by now, stopped.

    Raises:
        PermissionDenied: unless `actor` may dun.
        KeyReused: when the key came with something else before.
    """
    require(actor, DUN)
    given = {"steps": sorted(steps)}
    if answer := events.answered(actor, "dunning.approved", key, given):
        return int((answer.after or {}).get("count", 0))
    found = list(_locked(actor, steps, State.PROPOSED))
    day = current().today(timezone.now())
    owed = Owed(one.customer.code for one in found)
    for number, step in enumerate(found):
        step.approved_by = actor
        if step.is_letter:
            step.channel, step.to = channel_of(step.customer)
            step.subject, step.text = letters.written(step, day)
        move(step, State.APPROVED)
        more = {"count": len(found)} if not number else {}
        after = summary(step) | more
        first = "" if number else key
        events.record(actor, "dunning.approved", step, after=after, key=first, given=given)
        if not step.is_letter and fit(actor, step, owed):
            (_hold if step.level == Level.HOLD else _call)(actor, step)
            move(step, State.DONE)
            events.record(actor, "dunning.sent", step, after=summary(step))
    if any(one.channel == Step.Channel.MAIL for one in found):
        later_once(SEND, lock=SEND)
    return len(found)


def _hold(actor: User, step: Step) -> None:
    """Have the customer's orders on credit held; where they are, that hold stays."""
    told = {"amount": f"{step.amount:,.2f}", "days": step.days_late}
    credit.hold(actor, step.customer, _("%(amount)s late by up to %(days)s days") % told)


def _call(actor: User, step: Step) -> None:
    """Have whoever looks after the customer call."""
    title = _("Call about %(count)s late invoices, %(amount)s") % {
        "count": step.invoices.count(),
        "amount": f"{step.amount:,.2f}",
    }
    values = {"kind": "call", "title": title, "due_on": current().today(timezone.now())}
    for owner in (step.customer.owner, actor, None):
        try:
            with transaction.atomic():
                activities.plan(
                    None,
                    step.customer,
                    values | {"owner": owner},
                    origin=CALLS,
                    occurrence=str(step.pk),
                )
        except ValidationError:  # who may not work on the customer
            continue
        break


@transaction.atomic
def propose_anew(actor: User) -> int:
    """Have what is proposed be what the policy says now; gives how many steps that are.

    Raises:
        PermissionDenied: unless `actor` may dun.
    """
    require(actor, DUN)
    return propose()


@transaction.atomic
def reject(actor: User, steps: Collection[int], reason: str) -> int:
    """Leave proposed steps undone, and say why; they come again after the quiet days.

    Raises:
        PermissionDenied: unless `actor` may dun.
        ValidationError: when no reason is given.
    """
    require(actor, DUN)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    found = list(_locked(actor, steps, State.PROPOSED))
    for step in found:
        move(step, State.REJECTED, Why.REJECTED, reason.strip())
        events.record(actor, "dunning.rejected", step, after=summary(step), reason=reason)
    return len(found)


@transaction.atomic
def take_back(actor: User, step: Step, *, expected_version: int | None = None) -> Step:
    """Have an approved letter be a proposal again, while it is not on its way.

    Raises:
        PermissionDenied: unless `actor` may dun.
        Step.DoesNotExist: out of reach of `actor`, or not waiting any more.
        Stale: when it is of another version than `expected_version`.
    """
    require(actor, DUN)
    step = events.locked(steps_of(actor).filter(state=State.APPROVED), step.pk, expected_version)
    step.subject = step.text = ""
    step.approved_by = None
    move(step, State.PROPOSED)
    events.record(actor, "dunning.taken-back", step, after=summary(step))
    return step


@transaction.atomic
def print_out(actor: User, steps: Collection[int]) -> list[Step]:
    """Take approved letters on paper for sent; gives those that nothing speaks against by now.

    Raises:
        PermissionDenied: unless `actor` may dun.
    """
    require(actor, DUN)
    found = [one for one in _locked(actor, steps, State.APPROVED) if one.channel == "print"]
    owed = Owed(one.customer.code for one in found)
    printed = []
    for step in found:
        if fit(actor, step, owed):
            move(step, State.DONE)
            events.record(actor, "dunning.sent", step, after=summary(step))
            printed.append(step)
    return printed


@transaction.atomic
def settle(actor: User, step: Step, *, sent: bool) -> None:
    """Say of a letter that was perhaps sent whether it was; else the policy proposes it again.

    Raises:
        PermissionDenied: unless `actor` may dun.
        Step.DoesNotExist: out of reach of `actor`, or in no doubt.
    """
    require(actor, DUN)
    steps_of(actor).filter(state=State.UNSURE).get(pk=step.pk)
    if sent:
        ended(step.pk, State.DONE, actor=actor)
    else:
        ended(step.pk, State.STOPPED, Why.NOT_SENT, keep=False, actor=actor)


@transaction.atomic
def write_text(
    actor: User, level: str, language: str, subject: str, text: str
) -> LetterText | None:
    """Keep the company's own words for a level; the words that come with Kefen by empty ones.

    Raises:
        PermissionDenied: unless `actor` may dun.
        ValidationError: by field.
    """
    require(actor, DUN)
    subject, text = " ".join(subject.split()), text.strip()
    known = LetterText.objects.select_for_update().filter(level=level, language=language).first()
    if not subject and not text:
        if known:
            events.record(actor, "dunning.text-reset", known, before=_words(known))
            known.delete()
        return None
    wanted = known or LetterText(level=level, language=language, version=0)
    before = _words(known) if known else None
    wanted.subject, wanted.text = subject, text
    letters.checked(subject, text)
    wanted.full_clean(validate_unique=False, validate_constraints=False)
    events.raised(wanted)
    events.record(actor, "dunning.text-written", wanted, before=before, after=_words(wanted))
    return wanted


def _words(one: LetterText) -> dict[str, Any]:
    return {"level": one.level, "language": one.language, "subject": one.subject, "text": one.text}


def _locked(actor: User, steps: Collection[int], state: Step.State) -> QuerySet[Step]:
    found = steps_of(actor).filter(pk__in=list(steps), state=state).order_by("pk")
    return found.select_for_update(of=("self",))
