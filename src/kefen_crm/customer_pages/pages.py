"""What the page of one customer shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_pages import sharing
from kefen_crm.customer_pages.figures import cell
from kefen_crm.customer_pages.profile import profile
from kefen_crm.customers.queries import may_write
from kefen_crm.gateway.kinds import key_of, labels
from kefen_crm.gateway.sales import facts_of
from kefen_crm.platform.parts import Panel, Part
from kefen_crm.platform.per_request import once
from kefen_crm.platform.registry import declared, plugins
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customer_pages.figures import Cell
    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import AuthoredFact, Text

LISTED = 100
COLUMNS = {
    "order_lines": (
        "ordered_on", "order_id", "product_name", "category", "quantity", "amount", "channel",
        "status",
    ),
    "orders": ("ordered_on", "order_id", "amount", "channel", "salesperson", "status"),
    "returns": ("returned_on", "return_id", "order_id", "amount", "reason"),
    "invoices": ("issued_on", "invoice_id", "due_on", "amount", "order_id"),
    "payments": ("paid_on", "payment_id", "invoice_id", "amount", "method"),
    "interactions": ("happened_on", "type", "direction", "responded", "topic", "by", "note"),
    "feedback": ("given_on", "type", "score", "status", "resolved_on", "topic", "note"),
}  # fmt: skip
"""The kinds of fact on the page and their columns; each is listed newest first by its date."""


@dataclass(frozen=True)
class Heading:
    title: str
    money: bool


@dataclass(frozen=True)
class Row:
    """One fact; `void` says that no figure includes it, `note` is of the app that keeps it."""

    cells: list[Cell]
    void: bool
    note: Part | None = None


@dataclass(frozen=True)
class Tab:
    """One kind of fact; `more` says that only the newest are here."""

    kind: str
    title: str
    columns: list[Heading]
    rows: list[Row]
    more: bool


def facts(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The newest facts of each kind: those of the ledger, and those that apps keep themselves."""
    own: dict[str, list[AuthoredFact]] = {kind: [] for kind in COLUMNS}
    for fact in authored(request, customer):
        own[fact.kind].append(fact)
    found = newest(request, customer)
    tabs = [_tab(kind, found[kind], own[kind]) for kind in COLUMNS]
    return {"tabs": [tab for tab in tabs if tab.rows] or tabs[:1]}


def newest(request: HttpRequest, customer: Customer) -> dict[str, list[dict[str, Any]]]:
    """The newest facts of each kind, read from the ledger once for all parts of a page."""
    columns = {kind: names[0] for kind, names in COLUMNS.items()}
    what = ("newest facts", customer.code)
    return once(request, what, lambda: facts_of(customer.code, columns, LISTED + 1))


def authored(request: HttpRequest, customer: Customer) -> list[AuthoredFact]:
    """The facts that apps keep themselves, read once for all parts of a page."""

    def read() -> list[AuthoredFact]:
        keepers = [one.authored for one in plugins() if one.authored]
        return [fact for keeper in keepers for fact in keeper(request, customer)]

    return once(request, ("authored facts", customer.pk), read)


def basics(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """What is known of the customer, to be written by whoever may."""
    return {"profile": profile(request, customer)}


def nothing_more(_request: HttpRequest, _customer: Customer) -> dict[str, Any]:
    """For a panel that shows the customer alone."""
    return {}


def figures(_request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The figures of the last run, until those of now are read."""
    return {"now": customer}


def standing(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """Where the customer stands, and for whoever may write it, putting it away or back."""
    user = request.user
    return {"writable": may(user, Permit.EDIT_CUSTOMERS) and may_write(user, customer)}


FIGURES = _("Figures")
PANELS = (
    Panel("customer_pages/_standing.html", standing, "heading", position=800),
    Panel("customer_pages/_archived.html", standing, "top", position=0),
    Panel("customer_pages/_profile.html", basics, "side", position=10),
    Panel(
        "customer_pages/_collaborators.html",
        sharing.panel,
        "side",
        position=15,
        later=_("Collaborators"),
    ),
    Panel("customer_pages/_figures.html", figures, position=9, tab=FIGURES),
    Panel("customer_pages/_purchases.html", nothing_more, position=10, tab=FIGURES),
    Panel("customer_pages/_later.html", nothing_more, position=30, tab=_("Indicators")),
    Panel("customer_pages/_facts.html", facts, position=40, tab=_("Orders and payments")),
)


@dataclass
class PanelTab:
    """A tab below the wide column, with its panels."""

    title: str
    parts: list[Part]


def panels(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The panels of every app by their place, each read for this customer; `tabs` by title.

    Those that come later are not among them.
    """
    found: dict[str, Any] = {"heading": [], "top": [], "main": [], "side": []}
    tabs: dict[str, PanelTab] = {}
    for panel in sorted(declared("panels"), key=lambda one: one.position):
        if panel.later:
            continue
        context = panel.read(request, customer)
        if context is None:
            continue
        part, title = Part(panel.template, context), str(panel.tab)
        if title:
            tabs.setdefault(title, PanelTab(title, [])).parts.append(part)
        else:
            found[panel.place].append(part)
    return found | {"tabs": list(tabs.values())}


@dataclass(frozen=True)
class LaterPanel:
    """A panel that comes closed; `key` names it on the page."""

    key: str
    title: Text
    part: Part


def later_panels(request: HttpRequest, customer: Customer) -> dict[str, list[LaterPanel]]:
    """The panels that come later: those with something to see, and those with nothing yet."""
    found: dict[str, list[LaterPanel]] = {"filled": [], "empty": []}
    panels = [one for one in declared("panels") if one.later]
    for panel in sorted(panels, key=lambda one: one.position):
        context = panel.read(request, customer)
        if context is None:
            continue
        key = panel.template.partition("/")[0]
        one = LaterPanel(key, panel.later, Part(panel.template, context))
        found["empty" if context.get("empty") else "filled"].append(one)
    return found


def parts_of_new(request: HttpRequest) -> list[Part]:
    """What apps show below the form of a new customer."""
    found = ((one, one.read(request)) for one in declared("new_customer"))
    return [Part(one.template, told, one.style) for one, told in found if told is not None]


def _tab(kind: str, found: list[dict[str, Any]], authored: list[AuthoredFact]) -> Tab:
    names = COLUMNS[kind]
    key = key_of(kind)
    own = {one.number for one in authored}
    # What an app keeps is shown as it says, whether or not the ledger has it yet.
    rows: list[tuple[dict[str, Any], Part | None]]
    rows = [(row, None) for row in found if row[key] not in own]
    rows += [({**one.values, "void": False}, one.note) for one in authored if one.values]
    rows.sort(key=lambda row: str(row[0].get(names[0]) or ""), reverse=True)
    title, columns = labels(kind)
    return Tab(
        kind,
        title,
        [Heading(columns[name], name == "amount") for name in names],
        [
            Row([cell(name, row.get(name)) for name in names], row["void"], note)
            for row, note in rows[:LISTED]
        ],
        more=len(rows) > LISTED,
    )
