"""What people do with quotes: make, change, ask for leave, decide, send, note the answer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.gateway.settings import stored_settings
from kefen_crm.opportunities.permits import SELL
from kefen_crm.opportunities.queries import opportunities_for
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.quotes.ceilings import ceiling_of
from kefen_crm.quotes.lines import write
from kefen_crm.quotes.models import Letterhead, Quote, line_sum
from kefen_crm.quotes.permits import APPROVE_DISCOUNTS, SET_LETTERHEAD
from kefen_crm.quotes.queries import changeable_quotes, quotes_for
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

State = Quote.State
CHANGEABLE: Final = ("title", "contact", "lines", "valid_until", "terms", "language")
"""What a quote says; nothing of it changes once it is sent."""
HEAD: Final = (
    "name", "name_en", "address", "address_en", "phone", "email", "bank", "terms", "terms_en",
)  # fmt: skip
_NOT_CHECKED: Final = ["customer", "opportunity", "by", "decided_by"]


@transaction.atomic
def make(actor: User, customer: Customer, values: Mapping[str, Any], *, key: str = "") -> Quote:
    """Make a quote for a customer, as a draft.

    Args:
        actor: who makes it.
        customer: for whom.
        values: by `CHANGEABLE`; perhaps `opportunity`, one of this customer.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may sell.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, SELL)
    customer = changeable_by(actor).get(pk=customer.pk)
    opportunity = values.get("opportunity")
    said = {name: values[name] for name in CHANGEABLE if name in values}
    given = {"customer": customer.pk, **said, "opportunity": getattr(opportunity, "pk", None)}
    if answer := events.answered(actor, "quote.made", key, given):
        return _target(answer)
    if opportunity is not None:
        found = opportunities_for(actor).filter(customer=customer, pk=opportunity.pk)
        if not found.exists():
            raise ValidationError({"opportunity": _("Choose an opportunity of this customer.")})
    quote = Quote(customer=customer, opportunity=opportunity, made_at=timezone.now(), by=actor)
    _put(quote, said)
    quote.save()
    quote.chain = quote.pk
    quote.save(update_fields=["chain"])
    events.record(actor, "quote.made", quote, after=shown(quote), key=key, given=given)
    return quote


@transaction.atomic
def change(
    actor: User,
    quote: Quote,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Quote:
    """Change what a quote says, by `CHANGEABLE`; what was approved has to be approved again.

    Raises:
        PermissionDenied, KeyReused: as `make`.
        Quote.DoesNotExist: out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field; also where it was sent.
    """
    require(actor, SELL)
    said = {name: values[name] for name in CHANGEABLE if name in values}
    given = {"quote": quote.pk, **said}
    if answer := events.answered(actor, "quote.changed", key, given):
        return _target(answer)
    quote = _open(actor, quote, expected_version)
    before = shown(quote)
    _put(quote, said)
    if shown(quote) == before:
        return quote
    quote.state, quote.decided_by, quote.answer = State.DRAFT, None, ""
    return _saved(actor, "quote.changed", quote, before, key=key, given=given)


@transaction.atomic
def ask(
    actor: User,
    quote: Quote,
    reason: str,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Quote:
    """Ask for leave for a discount above the ceiling of the customer's class.

    Raises:
        PermissionDenied, KeyReused, Quote.DoesNotExist, Stale: as `change`.
        ValidationError: without a reason; where none is needed; where it is not a draft.
    """
    require(actor, SELL)
    given = {"quote": quote.pk, "reason": reason}
    if answer := events.answered(actor, "quote.approval-asked", key, given):
        return _target(answer)
    quote = _open(actor, quote, expected_version)
    if quote.state != State.DRAFT:
        raise ValidationError(_("It was asked for already."))
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the customer is to have it.")})
    ceiling = ceiling_of(quote.customer)
    if not above(quote, ceiling):
        raise ValidationError(_("The discount is within the ceiling; send it."))
    before = shown(quote)
    quote.state, quote.reason, quote.ceiling = State.ASKED, reason.strip(), ceiling
    return _saved(actor, "quote.approval-asked", quote, before, reason=reason, key=key, given=given)


@transaction.atomic
def decide(
    actor: User,
    quote: Quote,
    *,
    approve: bool,
    answer: str = "",
    expected_version: int | None = None,
    key: str = "",
) -> Quote:
    """Approve the discount of a quote that somebody else made, or refuse it with a reason.

    Raises:
        PermissionDenied: unless `actor` may approve discounts, and for one's own quote.
        KeyReused, Quote.DoesNotExist, Stale: as `change`.
        ValidationError: where nobody asks; refused without a reason.
    """
    require(actor, APPROVE_DISCOUNTS)
    given = {"quote": quote.pk, "approve": approve, "answer": answer}
    verb = "quote.approved" if approve else "quote.refused"
    if known := events.answered(actor, verb, key, given):
        return _target(known)
    quote = events.locked(quotes_for(actor), quote.pk, expected_version)
    if quote.by_id == actor.pk:
        raise PermissionDenied(APPROVE_DISCOUNTS)
    if quote.state != State.ASKED:
        raise ValidationError(_("Nobody asks for approval."))
    if not approve and not answer.strip():
        raise ValidationError({"answer": _("Say why it is refused.")})
    before = shown(quote)
    quote.state = State.APPROVED if approve else State.DRAFT
    quote.decided_by, quote.answer = actor, answer.strip()
    return _saved(actor, verb, quote, before, reason=answer, key=key, given=given)


@transaction.atomic
def send(actor: User, quote: Quote, *, expected_version: int | None = None, key: str = "") -> Quote:
    """Note that a quote was sent; from then on it says what it says.

    The version of it that was sent before is replaced.

    Raises:
        PermissionDenied, KeyReused, Quote.DoesNotExist, Stale: as `change`.
        ValidationError: without lines; where the discount has to be approved; past its day.
    """
    require(actor, SELL)
    given = {"quote": quote.pk}
    if answer := events.answered(actor, "quote.sent", key, given):
        return _target(answer)
    quote = _open(actor, quote, expected_version)
    now = timezone.now()
    if not quote.lines:
        raise ValidationError(_("Write what is offered first."))
    if quote.valid_until and quote.valid_until < current().today(now):
        raise ValidationError(_("The day until which it is valid has passed."))
    ceiling = ceiling_of(quote.customer)
    if quote.state != State.APPROVED and above(quote, ceiling):
        told = _("%(discount)s %% is above the ceiling of %(ceiling)s %%: ask for approval.")
        raise ValidationError(told % {"discount": quote.discount, "ceiling": ceiling})
    before = shown(quote)
    quote.state, quote.sent_at, quote.ceiling = State.SENT, now, ceiling
    quote.letterhead = head()
    others = Quote.objects.select_for_update().filter(chain=quote.chain, state=State.SENT)
    for other in others.exclude(pk=quote.pk):
        other.state, other.ended_at = State.REPLACED, now
        events.raised(other)
    return _saved(actor, "quote.sent", quote, before, key=key, given=given)


@transaction.atomic
def answer(
    actor: User,
    quote: Quote,
    *,
    accepted: bool,
    expected_version: int | None = None,
    key: str = "",
) -> Quote:
    """Note what the customer answered to a quote that was sent.

    Raises:
        PermissionDenied, KeyReused, Quote.DoesNotExist, Stale: as `change`.
        ValidationError: where it was not sent, or was answered.
    """
    require(actor, SELL)
    given = {"quote": quote.pk, "accepted": accepted}
    verb = "quote.accepted" if accepted else "quote.declined"
    if known := events.answered(actor, verb, key, given):
        return _target(known)
    quote = events.locked(changeable_quotes(actor), quote.pk, expected_version)
    if quote.state != State.SENT:
        raise ValidationError(_("Only a quote that was sent and waits is answered."))
    before = shown(quote)
    quote.state = State.ACCEPTED if accepted else State.DECLINED
    quote.ended_at = timezone.now()
    return _saved(actor, verb, quote, before, key=key, given=given)


@transaction.atomic
def revise(
    actor: User, quote: Quote, *, expected_version: int | None = None, key: str = ""
) -> Quote:
    """Make the next version of a quote that was sent, as a draft that says the same.

    Raises:
        PermissionDenied, KeyReused, Quote.DoesNotExist, Stale: as `change`.
        ValidationError: where it was not sent, or has a version that was not.
    """
    require(actor, SELL)
    given = {"quote": quote.pk}
    if known := events.answered(actor, "quote.revised", key, given):
        return _target(known)
    quote = events.locked(changeable_quotes(actor), quote.pk, expected_version)
    chain = Quote.objects.select_for_update().filter(chain=quote.chain)
    versions = list(chain.order_by("number_in_chain"))
    if not quote.frozen or any(not one.frozen for one in versions):
        raise ValidationError(_("There is a version that was not sent; change that one."))
    said = {name: getattr(quote, name) for name in CHANGEABLE}
    new = Quote(
        customer=quote.customer, opportunity=quote.opportunity, chain=quote.chain,
        number_in_chain=versions[-1].number_in_chain + 1, made_at=timezone.now(), by=actor,
    )  # fmt: skip
    _put(new, said)
    new.save()
    events.record(actor, "quote.revised", new, after=shown(new), key=key, given=given)
    return new


@transaction.atomic
def set_letterhead(actor: User, values: Mapping[str, str]) -> Letterhead:
    """Say what stands at the head of quotes that are sent from now on; `values` by `HEAD`.

    Raises:
        PermissionDenied: unless `actor` may set it.
        ValidationError: by field.
    """
    require(actor, SET_LETTERHEAD)
    one = Letterhead.objects.select_for_update().order_by("pk").first() or Letterhead()
    before = {name: getattr(one, name) for name in HEAD}
    for name in HEAD:
        if name in values:
            setattr(one, name, values[name].strip())
    one.full_clean()
    one.save()
    after = {name: getattr(one, name) for name in HEAD}
    if before != after:
        events.record(actor, "letterhead.changed", one, before=before, after=after)
    return one


def head() -> dict[str, str]:
    """The letterhead as it is now; without one the company's name."""
    one = Letterhead.objects.order_by("pk").first() or Letterhead()
    told = {name: getattr(one, name) for name in HEAD}
    stored = stored_settings(settings.KEFEN_DATA)
    told["name"] = told["name"] or stored.company or ""
    return told | {"currency": str(stored.currency)}


def above(quote: Quote, ceiling: int | None) -> bool:
    """Whether a quote's discount is above what its customer may have without leave."""
    return ceiling is not None and quote.list_total - quote.total > quote.list_total * ceiling / 100


def shown(quote: Quote) -> dict[str, Any]:
    """What the events tell of a quote."""
    return {
        "title": quote.title, "contact": quote.contact, "lines": write(quote.lines).splitlines(),
        "total": str(quote.total), "discount": str(quote.discount), "terms": quote.terms,
        "valid_until": str(quote.valid_until or ""), "language": quote.language,
        "state": quote.state,
    }  # fmt: skip


def _put(quote: Quote, said: Mapping[str, Any]) -> None:
    for name, value in said.items():
        setattr(quote, name, value.strip() if isinstance(value, str) else value)
    lines: list[dict[str, str]] = quote.lines
    quote.total = sum((line_sum(one["quantity"], one["price"]) for one in lines), Decimal(0))
    quote.list_total = sum(
        (line_sum(one["quantity"], one["list_price"]) for one in lines), Decimal(0)
    )
    quote.full_clean(exclude=_NOT_CHECKED, validate_constraints=False)


def _saved(
    actor: User,
    verb: str,
    quote: Quote,
    before: dict[str, Any],
    *,
    reason: str = "",
    key: str = "",
    given: Mapping[str, Any] | None = None,
) -> Quote:
    after = shown(quote)
    names = [name for name in after if after[name] != before[name]]
    events.raised(quote)
    events.record(
        actor, verb, quote, reason=reason, key=key, given=given,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names} | {"title": quote.title},
    )  # fmt: skip
    return quote


def _open(actor: User, quote: Quote, expected_version: int | None) -> Quote:
    found = events.locked(changeable_quotes(actor), quote.pk, expected_version)
    if not found.editable:
        raise ValidationError(_("It was sent and does not change any more; make a new version."))
    return found


def _target(answer: Any) -> Quote:
    found: Quote = answer.target()
    return found
