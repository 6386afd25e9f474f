"""Pairs judged, customers merged, merges taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers import actions as customers
from kefen_crm.customers import fields
from kefen_crm.customers.fields import EDITABLE, OWNER
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Collaborator, Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.duplicates import moving
from kefen_crm.duplicates.aliases import MERGED, TAKEN_APART
from kefen_crm.duplicates.finding import group_again
from kefen_crm.duplicates.models import Merge, MergeChoice, MergedCustomer, Pair
from kefen_crm.duplicates.permits import MERGE
from kefen_crm.duplicates.queries import merges_for, pairs_for
from kefen_crm.platform import events, feeds
from kefen_crm.platform.events import answered, locked, raised, record
from kefen_crm.platform.models import Event
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.team.models import User

Target = TypeVar("Target", Pair, Merge)
DIFFERENT = "pair.different"
REOPENED = "pair.reopened"
_MOST = 20
"""Customers merged at once."""


@transaction.atomic
def judge(
    actor: User,
    pair: Pair,
    *,
    different: bool = True,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Pair:
    """Say that two customers are not the same, for good, or that they may be after all.

    Raises:
        PermissionDenied: unless `actor` may merge customers.
        Pair.DoesNotExist: out of reach of `actor`.
        Stale: when the pair is of another version than expected.
    """
    require(actor, MERGE)
    verb = DIFFERENT if different else REOPENED
    given = {"pair": pair.pk, "different": different}
    if answer := answered(actor, verb, key, given):
        return _target(answer, Pair)
    found = locked(pairs_for(actor), pair.pk, expected_version)
    state = Pair.State.DIFFERENT if different else Pair.State.OPEN
    if found.state == state:
        return found
    found.state, found.by = state, actor
    raised(found)
    group_again()
    told = {"with": found.second.code}
    record(
        actor, verb, found, customer=found.first, after=told, reason=reason, key=key, given=given
    )
    return found


@transaction.atomic
def merge(
    actor: User,
    winner: Customer,
    losers: Sequence[Customer],
    choices: Mapping[str, str] | None = None,
    *,
    expected_versions: Mapping[str, int] | None = None,
    key: str = "",
    reason: str = "",
) -> Merge:
    """Merge customers into `winner`: what is about them goes along, their codes stay known.

    Their facts are read as those of `winner`. `choices` say, by field, the code of the customer
    whose value is to stand; a field that is not chosen keeps the winner's value, and where that
    is empty takes the first there is.

    Args:
        actor: who merges.
        winner: the customer that remains.
        losers: the others.
        choices: the code of the customer whose value stands, by field.
        expected_versions: the versions that were looked at, by code.
        key: a repeated key gives the first answer again.
        reason: a remark.

    Raises:
        PermissionDenied: unless `actor` may merge customers.
        Customer.DoesNotExist: one of them is out of reach of `actor`, or not current.
        ValidationError: for what cannot be merged so.
        Stale: when one of them is of another version than expected.
    """
    require(actor, MERGE)
    given = {
        "winner": winner.pk,
        "losers": sorted(one.pk for one in losers),
        "choices": dict(choices or {}),
    }
    if answer := answered(actor, MERGED, key, given):
        return _target(answer, Merge)
    editing()
    winner, these = _locked(actor, winner, losers, expected_versions or {})
    values = chosen(actor, [winner, *these], choices or {})
    made = Merge.objects.create(winner=winner, by=actor, reason=reason.strip()[:500])
    before = {name: fields.current_text(winner, name) for name in values}
    _share(actor, winner, made, these)
    for loser in these:
        _take_along(made, loser, winner)
    if values:
        winner = customers.edit(actor, winner, values, reason=reason)
    MergeChoice.objects.bulk_create(
        MergeChoice(merge=made, field=name, before=before[name], after=text)
        for name, text in values.items()
    )
    raised(winner)
    Pair.objects.filter(first__in=these, state=Pair.State.OPEN).delete()
    Pair.objects.filter(second__in=these, state=Pair.State.OPEN).delete()
    told = {"merged": [{"code": one.code, "name": one.name} for one in these]}
    record(actor, MERGED, made, customer=winner, after=told, reason=reason, key=key, given=given)
    return made


def _take_along(made: Merge, loser: Customer, winner: Customer) -> None:
    """Move what is about a customer to the winner, noting what ended and what went along."""
    member = MergedCustomer.objects.get(merge=made, customer=loser)
    member.ended = moving.end(loser, winner)
    member.unmarked = moving.unmark(loser, winner)
    member.moved = moving.move(loser, winner)
    member.save()
    loser.merged_into = winner
    raised(loser)


@transaction.atomic
def undo(
    actor: User,
    merge: Merge,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Merge:
    """Take a merge back: what went along returns, but for what was touched since.

    Fields that the merge wrote are as before where nobody has written them since. What was noted
    of the winner since stays with it.

    Raises:
        PermissionDenied: unless `actor` may merge customers.
        Merge.DoesNotExist: out of reach of `actor`.
        ValidationError: when it was taken back already, or the winner was merged since.
        Stale: when the merge is of another version than expected.
    """
    require(actor, MERGE)
    given = {"merge": merge.pk}
    if answer := answered(actor, TAKEN_APART, key, given):
        return _target(answer, Merge)
    editing()
    found = locked(merges_for(actor).order_by(), merge.pk, expected_version)
    if found.undone_at is not None:
        raise ValidationError(_("This merge was taken back already."), code="already-undone")
    winner = Customer.objects.select_for_update(of=("self",)).get(pk=found.winner_id)
    if winner.merged_into is not None:
        told = {"name": winner.name, "into": winner.merged_into.name}
        raise ValidationError(
            _("%(name)s was merged into %(into)s since. Take that merge back first.") % told,
            code="merged-since",
        )
    winner = changeable_by(actor).get(pk=winner.pk)
    for member in found.members.select_related("customer").order_by("-pk"):
        _take_apart(member, winner)
    _as_before(actor, found, winner, reason)
    found.undone_at, found.undone_by = timezone.now(), actor
    raised(found)
    codes = [one.customer.code for one in found.members.select_related("customer")]
    record(
        actor,
        TAKEN_APART,
        found,
        customer=winner,
        after={"codes": codes},
        reason=reason,
        key=key,
        given=given,
    )
    return found


def chosen(
    actor: User, customers_: Sequence[Customer], choices: Mapping[str, str]
) -> dict[str, str]:
    """The texts that the first of these customers would get, by field, where they are others.

    Raises:
        ValidationError: by field, for a choice that there is not.
    """
    winner, *others = customers_
    by_code = {one.code: one for one in customers_}
    faults, found = {}, {}
    for name, code in choices.items():
        if name not in EDITABLE or code not in by_code:
            faults[name] = _("This is none of the customers that are merged.")
        elif name == OWNER and by_code[code] is not winner:
            require(actor, Permit.ASSIGN_CUSTOMERS)
    if faults:
        raise ValidationError(faults)
    for name in EDITABLE:
        now = fields.current_text(winner, name)
        if name in choices:
            text = fields.current_text(by_code[choices[name]], name)
        elif name == OWNER and not may(actor, Permit.ASSIGN_CUSTOMERS):
            text = now
        else:
            texts = (fields.current_text(one, name) for one in others)
            text = now or next((one for one in texts if one), "")
        if text != now:
            found[name] = text
    return found


def _locked(
    actor: User, winner: Customer, losers: Sequence[Customer], versions: Mapping[str, int]
) -> tuple[Customer, list[Customer]]:
    """The customers, locked in one order so that two merges never wait for each other."""
    keys = sorted({one.pk for one in losers})
    if not keys or winner.pk in keys:
        raise ValidationError(_("Choose at least two customers."), code="too-few")
    if len(keys) >= _MOST:
        told = _("At most %(most)s customers are merged at once.") % {"most": _MOST}
        raise ValidationError(told, code="too-many")
    found = {}
    codes = {one.pk: one.code for one in (winner, *losers)}
    for pk in sorted([*keys, winner.pk]):
        found[pk] = locked(changeable_by(actor), pk, versions.get(codes[pk]))
    return found[winner.pk], [found[pk] for pk in dict.fromkeys(one.pk for one in losers)]


def _share(actor: User, winner: Customer, made: Merge, losers: Sequence[Customer]) -> None:
    """Let those who looked after a merged customer write the one that remains."""
    there = set(winner.collaborators.values_list("user_id", flat=True)) | {winner.owner_id}
    for loser in losers:
        added: dict[str, list[int]] = {}
        if loser.owner_id and loser.owner_id not in there:
            there.add(loser.owner_id)
            one = Collaborator.objects.create(
                customer=winner, user_id=loser.owner_id, access=Collaborator.Access.WRITE, by=actor
            )
            added["customers.Collaborator"] = [one.pk]
        MergedCustomer.objects.create(merge=made, customer=loser, added=added)


def _take_apart(member: MergedCustomer, winner: Customer) -> None:
    loser = Customer.objects.select_for_update(of=("self",)).get(pk=member.customer_id)
    moving.move_back(member.moved, winner, loser)
    moving.mark_again(member.unmarked, loser)
    moving.give_back(member.ended)
    Collaborator.objects.filter(
        pk__in=member.added.get("customers.Collaborator", ()), customer=winner
    ).delete()
    loser.merged_into = None
    raised(loser)
    _tell_again(member)


def _tell_again(member: MergedCustomer) -> None:
    """Have the ledger hear under the old code what was written about the customer."""
    for place, keys in member.moved.items():
        about = Event.objects.filter(
            object_type=place.rpartition(".")[0].lower(), object_id__in=[str(one) for one in keys]
        )
        if about.exists():
            events.replay(feeds.CONSUMER, about)


def _as_before(actor: User, made: Merge, winner: Customer, reason: str) -> None:
    """Have the fields that the merge wrote as they were, where nobody wrote them since."""
    back = {
        one.field: one.before
        for one in made.choices.all()
        if fields.current_text(winner, one.field) == one.after
        and (one.field != OWNER or may(actor, Permit.ASSIGN_CUSTOMERS))
    }
    if back:
        customers.edit(actor, winner, back, reason=reason)
    else:
        raised(winner)


def _target(answer: Event, model: type[Target]) -> Target:
    found: Any = answer.target()
    if not isinstance(found, model):
        raise ValidationError(_("What this was about is no more."))
    return found
