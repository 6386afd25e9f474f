"""Changes to rules: permit, lock, change, event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.grading import scopes
from kefen_crm.platform import clock, events, rules
from kefen_crm.platform.models import Confirmation, RuleDocument
from kefen_crm.platform.queue import later_once
from kefen_crm.platform.scoped_rules import Fault
from kefen_crm.rules.queries import may_draft
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.platform.parts import RuleKind
    from kefen_crm.team.models import User

State = RuleDocument.State


@transaction.atomic
def begin(by: User, kind: RuleKind) -> RuleDocument:
    """A draft with what is in force; one that is there already stays as it is.

    Raises:
        PermissionDenied: unless `by` may draft rules of this kind.
    """
    _require_drafting(by, kind)
    now = rules.published(kind.name)
    document = now.document if now else {"rules": []}
    draft, _new = RuleDocument.objects.get_or_create(
        kind=kind.name, state=State.DRAFT, defaults={"document": document, "by": by}
    )
    return draft


@transaction.atomic
def save(
    by: User, kind: RuleKind, document: Mapping[str, Any], *, expected: str = ""
) -> RuleDocument:
    """Keep what was written in the draft, whatever is still wrong with it.

    Raises:
        PermissionDenied: as `begin`.
        Stale: when the draft is another than the one of the digest `expected`; any for none.
    """
    begin(by, kind)
    draft = RuleDocument.objects.select_for_update().get(kind=kind.name, state=State.DRAFT)
    _unchanged(draft, expected)
    draft.document, draft.by, draft.at = dict(document), by, timezone.now()
    draft.save()
    return draft


def start(by: User, kind: RuleKind, name: str, *, expected: str = "") -> RuleDocument:
    """Have the draft say what a ready-made document says, in place of what it said.

    Raises:
        PermissionDenied, Stale: as `save`.
        ValidationError: when there is no such ready-made document.
    """
    _require_drafting(by, kind)
    found = next((one for one in kind.starts() if one.name == name), None) if kind.starts else None
    if found is None:
        raise ValidationError(_("There is no ready-made document “%(name)s”.") % {"name": name})
    return save(by, kind, {"rules": [dict(one) for one in found.rules]}, expected=expected)


@transaction.atomic
def discard(by: User, kind: RuleKind) -> None:
    """Drop the draft; PermissionDenied as `begin`."""
    _require_drafting(by, kind)
    RuleDocument.objects.filter(kind=kind.name, state=State.DRAFT).delete()


@transaction.atomic
def publish(by: User, kind: RuleKind, reason: str, *, expected: str = "") -> RuleDocument:
    """Put the draft in force.

    Raises:
        Stale: as `save`, so that nobody publishes what they did not see.
        PermissionDenied: unless `by` may publish rules of this kind.
        ValidationError: without a draft or a reason, while something is wrong with the draft, or
            where it says nothing else than what is in force.
    """
    require(by, kind.permit)
    drafts = RuleDocument.objects.select_for_update().filter(kind=kind.name, state=State.DRAFT)
    draft = drafts.first()
    if draft is None:
        raise ValidationError(_("There is no draft any more: somebody published or dropped it."))
    _unchanged(draft, expected)
    if found := faults(kind, draft.document):
        raise ValidationError([one.message for one in found])
    if _in_force_already(kind, draft.document):
        told = _("The draft says what is in force already. Change something and save it first.")
        raise ValidationError(told)
    published = _put_in_force(by, kind, draft.document, reason, "rules.published")
    draft.delete()
    return published


@transaction.atomic
def roll_back(by: User, kind: RuleKind, version: int, reason: str) -> RuleDocument:
    """Put an older version in force again, as the next version; `publish` says what is raised."""
    require(by, kind.permit)
    old = RuleDocument.objects.filter(kind=kind.name, version=version).first()
    if old is None:
        raise ValidationError(_("There is no version %(version)s.") % {"version": version})
    if found := faults(kind, old.document):
        raise ValidationError([one.message for one in found])
    return _put_in_force(by, kind, old.document, reason, "rules.rolled-back")


@transaction.atomic
def decide(by: User, pk: int, decision: Confirmation.Decision) -> Confirmation:
    """Say whether a rule that stopped goes on today; the first answer counts.

    Raises:
        PermissionDenied: unless `by` may decide about that rule.
        Confirmation.DoesNotExist: when it asked nothing.
    """
    question = Confirmation.objects.select_for_update().get(pk=pk)
    require(by, clock.permit_of(question.job))
    if question.decision:
        return question
    question.decision, question.by, question.decided_at = decision, by, timezone.now()
    question.save()
    told = {"rule": question.rule, "decision": decision, "touching": question.touching}
    events.record(by, "rule.decided", question, after=told)
    later_once(clock.CLOCK)
    return question


def faults(kind: RuleKind, document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a document, by place."""
    if found := rules.check(kind, document):
        return found
    parsed = rules.parse(kind, document)
    return [*scopes.faults(parsed), *(kind.faults(parsed) if kind.faults else ())]


def _require_drafting(by: User, kind: RuleKind) -> None:
    if not may_draft(by, kind):
        require(by, kind.permit)


def _unchanged(draft: RuleDocument, expected: str) -> None:
    if expected and expected != rules.digest_of(draft):
        raise events.Stale(draft, [])


def _in_force_already(kind: RuleKind, document: Mapping[str, Any]) -> bool:
    now = rules.published(kind.name)
    if now is None or rules.check(kind, now.document):
        return False
    return rules.parse(kind, now.document) == rules.parse(kind, document)


def _put_in_force(
    by: User, kind: RuleKind, document: Mapping[str, Any], reason: str, verb: str
) -> RuleDocument:
    if not reason.strip():
        raise ValidationError(_("Say why, for whoever reads the history."))
    every = RuleDocument.objects.filter(kind=kind.name)
    list(every.select_for_update().values("pk"))  # two who publish at once do so one by one
    before = every.filter(state=State.PUBLISHED).first()
    every.filter(state=State.PUBLISHED).update(state=State.RETIRED)
    newest = every.aggregate(newest=Max("version"))["newest"] or 0
    published = RuleDocument.objects.create(
        kind=kind.name,
        version=newest + 1,
        document=dict(document),
        state=State.PUBLISHED,
        reason=reason.strip(),
        by=by,
    )
    events.record(
        by,
        verb,
        published,
        before={"document": before.document if before else None},
        after={"kind": kind.name, "document": published.document},
        reason=reason,
    )
    return published
