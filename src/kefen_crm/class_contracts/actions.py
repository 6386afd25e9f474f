"""Objections to a class: noted, and answered by whoever may grade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.activities.actions import plan
from kefen_crm.activities.models import Task
from kefen_crm.activities.permits import WORK
from kefen_crm.class_contracts.models import Objection
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform import events
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme
    from kefen_crm.team.models import User

OBJECTED: Final = "class.objected"
ANSWERED: Final = "class.objection-answered"
ORIGIN: Final = "class-objection"
TITLE: Final = 200


@transaction.atomic
def object_to(
    actor: User, customer: Customer, scheme: Scheme, text: str, *, key: str = ""
) -> Objection:
    """Note that somebody disagrees with a customer's class; its owner gets a task.

    Raises:
        PermissionDenied: unless `actor` may work on customers.
        Customer.DoesNotExist: when it is out of reach of `actor`.
        ValidationError: without a reason, where one is open already, or without a class.
        KeyReused: when the key came with something else before.
    """
    require(actor, WORK)
    customer = changeable_by(actor).select_for_update(of=("self",)).get(pk=customer.pk)
    given = {"customer": customer.pk, "scheme": scheme.pk, "text": text}
    if answer := events.answered(actor, OBJECTED, key, given):
        found: Any = answer.target()
        return found  # type: ignore[no-any-return]  # the objection of the event
    text = text.strip()
    if not text:
        raise ValidationError({"text": _("Say why the class is not right.")})
    graded = CustomerClass.objects.filter(customer=customer, scheme=scheme).first()
    if graded is None:
        raise ValidationError({"text": _("The customer takes no part in this scheme.")})
    known = Objection.objects.filter(customer=customer, scheme=scheme, state=Objection.State.OPEN)
    if known.exists():
        raise ValidationError({"text": _("An objection is open already.")})
    made = Objection.objects.create(
        customer=customer, scheme=scheme, class_key=graded.class_key, text=text, by=actor
    )
    made.task = _task(actor, made)
    made.save(update_fields=["task"])
    after = {"scheme": scheme.pk, "class_key": graded.class_key, "text": text}
    events.record(actor, OBJECTED, made, after=after, key=key, given=given)
    return made


@transaction.atomic
def answer(actor: User, objection: Objection, state: str, text: str) -> Objection:
    """Uphold an objection or decline it, with the reason; the class itself is set by hand.

    Raises:
        PermissionDenied: unless `actor` may grade.
        Objection.DoesNotExist: when its customer is out of reach of `actor`.
        ValidationError: without a reason, or when it was answered already.
    """
    require(actor, Permit.GRADE)
    found: Objection = reachable(actor).select_for_update(of=("self",)).get(pk=objection.pk)
    faults: dict[str, str] = {}
    if found.state != Objection.State.OPEN:
        faults["state"] = _("It was answered already.")
    if state not in {Objection.State.UPHELD, Objection.State.DECLINED}:
        faults["state"] = _("Uphold it or decline it.")
    if not text.strip():
        faults["answer"] = _("Say why.")
    if faults:
        raise ValidationError(faults)
    found.state, found.answer = state, text.strip()
    found.answered_by, found.answered_at = actor, timezone.now()
    found.save()
    before = {"state": Objection.State.OPEN}
    after = {"scheme": found.scheme_id, "state": state, "text": found.answer}
    events.record(actor, ANSWERED, found, before=before, after=after)
    return found


def reachable(user: User) -> Any:
    """The objections about customers whom `user` may see."""
    return Objection.objects.filter(customer__in=visible_to(user)).select_related(
        "customer__owner", "scheme", "by", "answered_by", "task"
    )


def _task(actor: User, made: Objection) -> Task | None:
    """What whoever looks after the customer has to do: look into it today."""
    owner = made.customer.owner
    theirs = owner and changeable_by(owner).filter(pk=made.customer_id).exists()
    if owner is None or not theirs or not owner.is_active or not may(owner, WORK):
        owner = actor
    title = _("Look into the objection to the class in %(scheme)s") % {"scheme": made.scheme.title}
    values = {
        "kind": Task.Kind.TODO,
        "title": title[:TITLE],
        "due_on": timezone.localdate(),
        "owner": owner,
    }
    return plan(actor, made.customer, values, origin=ORIGIN, occurrence=str(made.pk))
