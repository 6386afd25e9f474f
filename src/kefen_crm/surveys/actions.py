"""Surveys are kept, customers are asked, answers are noted."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.surveys.models import Answer, Invite, Survey
from kefen_crm.surveys.questions import asked_of, checked
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

ASK: Final = "ask_customers"
"""The permit to ask customers, of those whom one may change."""
SET_SURVEYS: Final = "set_surveys"
"""The permit to make surveys and to change them."""
VALID: Final = timedelta(days=30)
"""An invitation can be answered for so long."""
REST: Final = timedelta(days=90)
"""A customer is asked once in so long."""
LONGEST: Final = 2_000
FIELDS: Final = ("kind", "title", "question_zh", "question_en", "after_tickets", "active")


@transaction.atomic
def save(
    actor: User,
    survey: Survey | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
) -> Survey:
    """Make a survey, or change one; its kind stays once somebody was asked.

    Raises:
        PermissionDenied: unless `actor` may set surveys.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field.
    """
    require(actor, SET_SURVEYS)
    known = survey is not None
    if survey is not None:
        survey = events.locked(Survey.objects.all(), survey.pk, expected_version)
        if values.get("kind", survey.kind) != survey.kind and survey.invites.exists():
            raise ValidationError({"kind": _("Customers were asked by it. Make another survey.")})
    survey = survey or Survey()
    before = {name: getattr(survey, name) for name in FIELDS} if known else {}
    for name in FIELDS:
        if name in values:
            setattr(survey, name, values[name])
    survey.full_clean()
    if known:
        events.raised(survey)
    else:
        survey.save()
    after = {name: getattr(survey, name) for name in FIELDS}
    verb = "survey.changed" if known else "survey.made"
    events.record(actor, verb, survey, before=before, after=after)
    return survey


@transaction.atomic
def ask(
    actor: User, survey: Survey, customer: Customer, *, contact: str = "", key: str = ""
) -> tuple[Invite, str]:
    """Ask a customer; gives the invitation and the secret part of its address, shown once.

    A repeated `key` gives the first invitation, and no secret, which is not kept.

    Raises:
        PermissionDenied: unless `actor` may ask customers.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: where the survey is not in use, or the customer was asked in 90 days.
        KeyReused: when the key came with something else before.
    """
    require(actor, ASK)
    customer = changeable_by(actor).select_for_update(of=("self",)).get(pk=customer.pk)
    given = {"survey": survey.pk, "customer": customer.pk, "contact": contact}
    if known := events.answered(actor, "survey.sent", key, given):
        return known.target(), ""  # type: ignore[return-value]  # the event is of an invitation
    now = timezone.now()
    if not survey.active:
        raise ValidationError(_("This survey is not in use."))
    if last := rested(customer, now):
        text = _("The customer was asked on %(day)s. Customers are asked once in 90 days.")
        raise ValidationError(text % {"day": timezone.localdate(last.created).isoformat()})
    occasion = f"asked:{now.isoformat()}"
    invite, token = invited(survey, customer, occasion, contact=contact.strip(), by=actor)
    after = {"title": survey.title}
    events.record(actor, "survey.sent", invite, after=after, key=key, given=given)
    return invite, token


def rested(customer: Customer, now: Any) -> Invite | None:
    """The invitation for which a customer is not asked again yet."""
    return customer.survey_invites.filter(created__gt=now - REST).first()


def invited(
    survey: Survey, customer: Customer, occasion: str, *, contact: str, by: User | None
) -> tuple[Invite, str]:
    """A new invitation, and the secret part of its address."""
    token, now = secrets.token_urlsafe(18), timezone.now()
    invite = Invite.objects.create(
        survey=survey,
        customer=customer,
        occasion=occasion,
        contact=contact,
        digest=digest(token),
        created=now,
        expires_at=now + VALID,
        by=by,
    )
    return invite, token


def found(token: str) -> Invite | None:
    """The invitation of a secret part."""
    known = Invite.objects.select_related("survey", "customer", "answer")
    return known.filter(digest=digest(token)).first()


@transaction.atomic
def answer(
    invite: Invite, score: int | None, comment: str, values: Mapping[str, Any] | None = None
) -> Answer:
    """Note what was answered, or change it within seven days of the first answer.

    Args:
        invite: to which it is the answer.
        score: None for a questionnaire.
        comment: in the customer's words.
        values: answers to further questions by their names; of questions that the customer is
            not asked after these answers nothing is noted.

    Raises:
        ValidationError: by field; also when the invitation has run out.
    """
    Invite.objects.select_for_update(of=("self",)).get(pk=invite.pk)
    now, survey = timezone.now(), invite.survey
    known = Answer.objects.filter(invite=invite).first()
    invite = Invite.objects.select_related("survey", "answer").get(pk=invite.pk)
    if not invite.open(now):
        raise ValidationError(_("This invitation has run out."))
    if score not in survey.scale and (survey.scored or score is not None):
        raise ValidationError({"score": _("Choose one of the numbers.")})
    if len(comment) > LONGEST:
        text = _("At most %(count)s characters.") % {"count": LONGEST}
        raise ValidationError({"comment": text})
    before = _told(known) if known else None
    said = known or Answer(invite=invite, at=now)
    said.score, said.comment = score, comment.strip()
    said.values = checked(asked_of(survey), score, values or {})
    said.changed_at = now if known else None
    said.save()
    after = {**_told(said), "title": survey.title, "low": survey.is_low(score)}
    if survey.scored:
        after["of"] = survey.scale[-1]
    if before is None or before != _told(said):
        events.record(
            None, "survey.answered", said, customer=invite.customer, before=before, after=after
        )
    return said


def _told(said: Answer) -> dict[str, Any]:
    """What an answer says, for its event."""
    told = {"score": said.score, "comment": said.comment, "values": said.values}
    return {name: one for name, one in told.items() if one or name != "values"}
