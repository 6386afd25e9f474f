"""Claiming from a pool: one customer, one winner, and limits that hold however many try at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.actions import owners
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.holdings.actions.work import follow
from kefen_crm.holdings.limits import held_by, weight_of, weights_of
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.holdings.queries import claims_today, pools_of, today, waits
from kefen_crm.platform.events import Stale, answered, record
from kefen_crm.platform.models import Event
from kefen_crm.platform.numbers import day as shown_day
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.holdings.models import Pool
    from kefen_crm.team.models import User


class ClaimRefused(ValidationError):  # noqa: N818  # an answer like any other
    """Why a customer was not claimed, in a sentence; `code` is for programs.

    Codes: `claimed-already`, `rests`, `former-waits`, `day-limit`, `held-limit`.
    """

    code: str


@transaction.atomic
def claim(
    actor: User,
    customer: Customer,
    *,
    expected_version: int | None = None,
    key: str = "",
    reason: str = "",
) -> Customer:
    """Take a customer out of a pool; of several who try at once one gets it.

    Raises:
        PermissionDenied: unless `actor` may claim customers.
        ClaimRefused: telling who was quicker, which limit is reached, or from when it may be.
        Stale: when the customer is of another version than expected.
        Customer.DoesNotExist: when it never was in a pool of `actor`.
    """
    require(actor, CLAIM)
    given = {"customer": customer.pk}
    if answered(actor, owners.CLAIMED, key, given):
        return Customer.objects.get(pk=customer.pk)
    _one_claim_at_a_time(actor)
    editing()
    found = Customer.objects.select_related("pool_entry__pool", "owner").get(pk=customer.pk)
    entry = getattr(found, "pool_entry", None)
    if entry is None:
        raise _taken(actor, found)
    if not pools_of(actor).filter(pk=entry.pool_id).exists():
        raise Customer.DoesNotExist
    if expected_version not in (None, found.version):
        raise Stale(found, [])
    if refused := refusals(actor, [found]).get(found.pk):  # nobody else claims for the actor now
        raise refused
    if waiting := waits(actor, entry, today()):
        raise _waiting(waiting, former=entry.former_id == actor.pk)
    owners.note_edits(actor, {found: actor.pk})
    with owners.changing(via="claimed", reason=reason, actor=actor):
        won = _take(actor, found)
    if not won:
        raise _taken(actor, Customer.objects.select_related("owner").get(pk=found.pk))
    follow(actor, {found.pk: (None, actor.pk)})
    found = Customer.objects.get(pk=found.pk)
    after = {"owner": str(actor.pk), "pool": entry.pool_id}
    record(
        actor,
        owners.CLAIMED,
        found,
        before={"owner": ""},
        after=after,
        reason=reason,
        key=key,
        given=given,
    )
    return found


def _one_claim_at_a_time(actor: User) -> None:
    """Hold off other claims of the same person until the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"claim/{actor.pk}"]
        )


def _take(actor: User, customer: Customer) -> bool:
    """The claim itself: whether the customer was still free, and is the actor's now."""
    pools = list(pools_of(actor).values_list("pk", flat=True))
    told: dict[str, Any] = {
        "actor": actor.pk,
        "customer": customer.pk,
        "current": list(CURRENT),
        "pools": pools,
        "today": today(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, told)
        return cursor.fetchone() is not None


_TAKE = """
    UPDATE customers_customer AS customer
    SET owner_id = %(actor)s, version = version + 1, updated = now()
    WHERE id = %(customer)s AND owner_id IS NULL AND standing = ANY(%(current)s) AND EXISTS (
        SELECT FROM holdings_poolentry AS entry
        WHERE entry.customer_id = customer.id AND entry.pool_id = ANY(%(pools)s)
            AND COALESCE(entry.free_from, %(today)s) <= %(today)s
            AND (entry.former_id IS DISTINCT FROM %(actor)s
                OR COALESCE(entry.former_from, %(today)s) <= %(today)s))
    RETURNING id
"""


def refusals(actor: User, customers: Sequence[Customer]) -> dict[int, ClaimRefused]:
    """Which customers of pools `actor` may not claim for a limit of the pool, by their ids."""
    pools = {one.pk: one.pool_entry.pool for one in customers}
    claimed = held = 0
    weights: dict[int, int] = {}
    if any(pool.per_day for pool in pools.values()):
        claimed = claims_today(actor).count()
    if any(pool.most_held for pool in pools.values()):
        held = weight_of(held_by(actor.pk))
        weights = weights_of(Customer.objects.filter(pk__in=pools))
    found = {}
    for one, pool in pools.items():
        weight = held + weights.get(one, 1)
        if pool.per_day and claimed >= pool.per_day:
            found[one] = _day_limit(pool)
        elif pool.most_held and weight > pool.most_held:
            found[one] = _held_limit(pool, weight)
    return found


def _day_limit(pool: Pool) -> ClaimRefused:
    told = ngettext(
        "You have claimed %(count)s customer today; the next one tomorrow.",
        "You have claimed %(count)s customers today; the next one tomorrow.",
        pool.per_day,
    )
    return ClaimRefused(told % {"count": pool.per_day}, code="day-limit")


def _held_limit(pool: Pool, weight: int) -> ClaimRefused:
    told = _(
        "With this one your customers would count %(weight)s; at most %(most)s are allowed. "
        "Release one first."
    )
    return ClaimRefused(told % {"weight": weight, "most": pool.most_held}, code="held-limit")


def _waiting(day: object, *, former: bool) -> ClaimRefused:
    told = {"day": shown_day(day)}  # type: ignore[arg-type]  # a date
    if former:
        text = _("You held this customer before; you may claim it again from %(day)s.")
        return ClaimRefused(text % told, code="former-waits")
    return ClaimRefused(
        _("This customer rests; it may be claimed from %(day)s.") % told, code="rests"
    )


def _taken(actor: User, customer: Customer) -> Exception:
    """Who was quicker, for who could have claimed the customer; for others it is not there."""
    last = Event.objects.filter(customer=customer, verb=owners.CLAIMED).order_by("-id").first()
    pool = (last.after or {}).get("pool", 0) if last else 0
    if customer.owner is None or not pools_of(actor).filter(pk=pool).exists():
        return Customer.DoesNotExist()
    told = _("%(who)s was quicker: the customer is theirs now.")
    return ClaimRefused(told % {"who": customer.owner.display_name}, code="claimed-already")
