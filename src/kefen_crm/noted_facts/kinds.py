"""What can be noted by hand of each kind of fact, by the columns of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.noted_facts.models import NotedFact

if TYPE_CHECKING:
    from kefen_crm.platform.parts import Text

Kind = NotedFact.Kind


@dataclass(frozen=True)
class NotedKind:
    """One kind of fact that people note.

    Attributes:
        kind: of the ledger.
        thing: what events of it are called, `order` in `order.noted`.
        title: in words, as a dialog has it.
        icon: of the menu and the timeline.
        key: the column of its number.
        day: the column of its day.
        columns: those that are asked for, the day first.
        choices: the words offered for a column.
        noted: whether new ones are noted here; conversations are logged as activities, and those
            noted before are corrected and withdrawn here.
    """

    kind: str
    thing: str
    title: Text
    icon: str
    key: str
    day: str
    columns: tuple[str, ...]
    choices: dict[str, tuple[tuple[str, Text], ...]]
    noted: bool = True


_INTERACTIONS = (
    ("visit", _("visit")),
    ("call", _("call")),
    ("message", _("message")),
    ("email", _("e-mail")),
    ("meeting", _("meeting")),
    ("inquiry", _("inquiry")),
    ("service", _("service")),
)
_FEEDBACK = (
    ("complaint", _("complaint")),
    ("suggestion", _("suggestion")),
    ("praise", _("praise")),
    ("inquiry", _("inquiry")),
    ("satisfaction", _("satisfaction")),
)

KINDS: dict[str, NotedKind] = {
    one.kind: one
    for one in (
        NotedKind(
            Kind.ORDERS, "order", _("Order"), "shopping-cart", "order_id", "ordered_on",
            ("ordered_on", "amount", "cost", "channel", "note"), {},
        ),
        NotedKind(
            Kind.RETURNS, "return", _("Return"), "truck-return", "return_id", "returned_on",
            ("returned_on", "amount", "reason"), {},
        ),
        NotedKind(
            Kind.INVOICES, "invoice", _("Invoice"), "file-invoice", "invoice_id", "issued_on",
            ("issued_on", "amount", "due_on"), {},
        ),
        NotedKind(
            Kind.PAYMENTS, "payment", _("Payment"), "cash", "payment_id", "paid_on",
            ("paid_on", "amount", "invoice_id", "method"), {},
        ),
        NotedKind(
            Kind.INTERACTIONS, "interaction", _("Interaction"), "message", "interaction_id",
            "happened_on", ("happened_on", "type", "direction", "responded", "topic", "note"),
            {
                "type": _INTERACTIONS,
                "direction": (("out", _("we contacted the customer")),
                              ("in", _("the customer contacted us"))),
            },
            noted=False,
        ),
        NotedKind(
            Kind.FEEDBACK, "feedback", _("Feedback"), "message-star", "feedback_id", "given_on",
            ("given_on", "type", "score", "status", "resolved_on", "topic", "note"),
            {
                "type": _FEEDBACK,
                "status": (("open", _("open")), ("resolved", _("resolved"))),
            },
        ),
    )
}  # fmt: skip
