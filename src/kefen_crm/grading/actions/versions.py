"""What schemes say: drafts, shadow runs of them, publishing, rolling back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.gateway import grading as engine
from kefen_crm.grading import queries
from kefen_crm.grading.actions.runs import shadow_run
from kefen_crm.grading.models import Draft, Run, Scheme, SchemeVersion
from kefen_crm.grading.reasons import LONGEST, given
from kefen_crm.platform.events import record
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from kefen_crm.team.models import User


@transaction.atomic
def install_ready_made() -> list[Scheme]:
    """Publish the schemes a company begins with, unless a scheme of that name is there."""
    known = set(Scheme.objects.exclude(current=None).values_list("name", flat=True))
    return [
        _publish(None, one, "", position)
        for position, one in enumerate(engine.starters(), start=1)
        if one.name not in known
    ]


@transaction.atomic
def save_draft(by: User, document: Any, note: str = "", draft: Draft | None = None) -> Draft:
    """Keep a wording to go on with: a new draft, or the new state of `draft`.

    The document's name says whose draft it is; a new name makes a scheme that nobody meets until
    it is published.

    Raises:
        PermissionDenied: unless `by` may grade.
        SchemeError: with every fault of the document.
    """
    require(by, Permit.GRADE)
    read = engine.document(document)
    scheme = _scheme(read.name)
    left = draft.scheme if draft and draft.scheme_id != scheme.pk else None
    if draft is None or left:
        draft = draft or Draft(by=by)
        draft.scheme, draft.base = scheme, scheme.current
    draft.document, draft.class_list, draft.digest = read.document, read.class_list, read.digest
    draft.note = note.strip()[:LONGEST]
    draft.save()
    if left:
        _forget_trials(draft, left)
        _forget_if_empty(left)
    return draft


@transaction.atomic
def discard_draft(by: User, draft: Draft) -> None:
    """Throw a draft away, and the shadow runs of it.

    Raises:
        PermissionDenied: unless `by` may grade.
    """
    require(by, Permit.GRADE)
    _throw_away(draft)
    _forget_if_empty(draft.scheme)


@transaction.atomic
def shadow(by: User, draft: Draft) -> Run:
    """Queue a run of a draft beside the run in force: on the same day, and nobody's class changes.

    A draft that did not change since its last shadow run on these facts gives that run.

    Raises:
        PermissionDenied: unless `by` may grade.
    """
    require(by, Permit.GRADE)
    draft = Draft.objects.select_for_update(of=("self",)).select_related("scheme").get(pk=draft.pk)
    same = {"scheme": draft.scheme, "draft": draft, "digest": draft.digest, "number": None}
    wording = SchemeVersion.objects.filter(**same).order_by("pk").first()
    wording = wording or SchemeVersion.objects.create(
        **same, document=draft.document, class_list=draft.class_list, by=by
    )
    in_force = queries.in_force(draft.scheme)
    return shadow_run(wording, in_force.as_of if in_force else None, by)


@transaction.atomic
def publish(by: User, source: Any, reason: str, draft: Draft | None = None) -> Scheme:
    """Make a document the current version of its scheme; the same content again changes nothing.

    `draft`, when given, has then served its purpose and is gone; without a `source` it is the
    draft that is published.

    Raises:
        PermissionDenied: unless `by` may grade.
        SchemeError: with every fault of the document.
        ValidationError: without a reason to change it.
    """
    require(by, Permit.GRADE)
    last = Scheme.objects.aggregate(last=Max("position"))["last"] or 0
    read = engine.document(draft.document if draft and source is None else source)
    Scheme.objects.select_for_update().filter(name=read.name).first()  # one after the other
    scheme = Scheme.objects.filter(name=read.name, current__digest=read.digest).first()
    scheme = scheme or _publish(by, read, given(reason), last + 1, draft)
    if draft is not None:
        _throw_away(draft)
        if draft.scheme_id != scheme.pk:
            _forget_if_empty(draft.scheme)
    return scheme


@transaction.atomic
def roll_back(by: User, scheme: Scheme, version: SchemeVersion, reason: str) -> Scheme:
    """Publish what an earlier version said as a new version; history stays as it is.

    Raises:
        PermissionDenied: unless `by` may grade.
        ValidationError: without a reason, or when it is what the scheme says now.
    """
    require(by, Permit.GRADE)
    reason = given(reason)
    if version.scheme_id != scheme.pk or version.number is None:
        raise ValidationError(_("There is no such version of this scheme."))
    if scheme.current and scheme.current.digest == version.digest:
        raise ValidationError(_("That is what the scheme says now."))
    read = engine.document(version.document)
    return _publish(by, read, reason, scheme.position, restores=version)


@transaction.atomic
def put_first(by: User, scheme: Scheme, reason: str = "") -> Scheme:
    """Have a scheme be the first of all: on the first page, in lists, on customers' pages.

    Raises:
        PermissionDenied: unless `by` may grade.
    """
    require(by, Permit.GRADE)
    others = list(Scheme.objects.select_for_update().exclude(pk=scheme.pk))
    if any(one.position <= scheme.position for one in others):
        Scheme.objects.exclude(pk=scheme.pk).update(position=F("position") + 1)
        scheme.position = 0
        scheme.save()
        record(by, "scheme.put-first", scheme, after={"position": 0}, reason=reason)
    return scheme


def _scheme(name: str, position: int = 0) -> Scheme:
    scheme, _new = Scheme.objects.select_for_update().get_or_create(
        name=name, defaults={"position": position}
    )
    return scheme


def _publish(
    by: User | None,
    read: engine.Document,
    reason: str,
    position: int,
    draft: Draft | None = None,
    restores: SchemeVersion | None = None,
) -> Scheme:
    scheme = _scheme(read.name, position)
    newest = scheme.versions.aggregate(newest=Max("number"))["newest"] or 0
    # What a shadow run tried becomes the version itself, so that the run stays with it.
    tried = draft and scheme.versions.filter(draft=draft, digest=read.digest, number=None).first()
    version = tried or SchemeVersion(
        scheme=scheme, document=read.document, class_list=read.class_list, digest=read.digest
    )
    version.number = newest + 1
    version.reason, version.by, version.restores = reason, by, restores
    version.published_at = timezone.now()
    version.save()
    if scheme.current is None:
        scheme.position = position
    scheme.current = version
    scheme.save()
    if by is not None:
        verb = "scheme.rolled-back" if restores else "scheme.published"
        before, after = {"number": newest or None}, {"number": version.number}
        record(by, verb, version, before=before, after=after, reason=reason)
    return scheme


def _throw_away(draft: Draft) -> None:
    _forget_trials(draft, draft.scheme)
    draft.delete()


def _forget_trials(draft: Draft, scheme: Scheme) -> None:
    """The unpublished wordings of a draft, and the shadow runs of them."""
    wordings = scheme.versions.filter(draft=draft, number=None)
    Run.objects.filter(version__in=wordings).delete()
    wordings.delete()


def _forget_if_empty(scheme: Scheme) -> None:
    """A scheme that never was published and is worked on no more."""
    if scheme.current_id is None and not scheme.drafts.exists() and not scheme.versions.exists():
        scheme.delete()
