"""How a customer buys, step by step, and what is planned with it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kefen_crm.key_accounts import records
from kefen_crm.key_accounts.models import ApprovalStep, PlanItem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User


@dataclass(frozen=True)
class Way:
    """The steps that a purchase of some amount goes through.

    Attributes:
        days: the working days that they usually take, one after the other.
        unknown: how many of them take a time that is not known.
    """

    steps: list[ApprovalStep]
    days: int
    unknown: int


def way(steps: Iterable[ApprovalStep], amount: Decimal | None) -> Way:
    """The steps that an amount needs, in their order; all of them for None."""
    needed = [one for one in steps if amount is None or one.from_amount <= amount]
    needed.sort(key=lambda one: (one.position, one.pk or 0))
    known = [one.days for one in needed if one.days is not None]
    return Way(needed, sum(known), len(needed) - len(known))


def add_step(
    actor: User, customer: Customer, values: Mapping[str, Any], *, key: str = ""
) -> ApprovalStep:
    """Note a step of the customer's buying, by the fields of `ApprovalStep`.

    Raises:
        PermissionDenied, Customer.DoesNotExist, ValidationError, KeyReused: as `records.create`.
    """
    step = ApprovalStep(customer=customer)
    return records.create(actor, step, "approval_step.added", values, key=key)


def change_step(
    actor: User, step: ApprovalStep, values: Mapping[str, Any], **more: Any
) -> ApprovalStep:
    """Say something else of a step; raises and takes `more` as `records.change`."""
    return records.change(actor, step, "approval_step.changed", values, **more)


def remove_step(actor: User, step: ApprovalStep, **more: Any) -> None:
    """Take a step away; raises and takes `more` as `records.remove`."""
    records.remove(actor, step, "approval_step.removed", **more)


def add_item(
    actor: User, customer: Customer, values: Mapping[str, Any], *, key: str = ""
) -> PlanItem:
    """Note a goal or a risk, by the fields of `PlanItem`.

    Raises:
        PermissionDenied, Customer.DoesNotExist, ValidationError, KeyReused: as `records.create`.
    """
    return records.create(actor, PlanItem(customer=customer), "plan_item.added", values, key=key)


def change_item(actor: User, item: PlanItem, values: Mapping[str, Any], **more: Any) -> PlanItem:
    """Say something else of a goal or a risk; raises and takes `more` as `records.change`."""
    return records.change(actor, item, "plan_item.changed", values, **more)
