"""The classes of customers as columns of their list: one by scheme, and the one before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import django_tables2 as tables
from django.db.models import OuterRef, Prefetch, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.gateway import LAPSED
from kefen_crm.gateway.filters import UNRATED
from kefen_crm.grading.filters import scheme_names
from kefen_crm.grading.models import CustomerClass, RunInForce
from kefen_crm.grading.queries import BESIDE, freshness_of, schemes_on_page
from kefen_crm.platform.columns import badge, cell
from kefen_crm.platform.parts import Columns, ColumnSet, ListColumn, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import Scheme


class ClassColumn(tables.Column):
    """A customer's class in one scheme, from the prefetched `shown_classes`."""

    style = "kf-class-cell"

    def __init__(self, scheme: Scheme) -> None:
        super().__init__(orderable=False, empty_values=(), attrs={"td": {"class": self.style}})
        self.scheme = scheme
        self._plain: dict[str | None, SafeString] = {}

    def render(self, record: Customer) -> SafeString:
        """The badge with what holds the class; that of a class which nothing holds is made once."""
        shown = self.read(_of(record, self.scheme))
        graded, key = shown["graded"], shown["key"]
        if shown.get("new") or (graded and (graded.held_by or graded.live)):
            return cell("grading/_class_cell.html", scheme=self.scheme, **shown)
        if key not in self._plain:
            self._plain[key] = badge(self.scheme, key)
        return self._plain[key]

    def read(self, graded: CustomerClass | None) -> dict[str, Any]:
        """What the cell shows."""
        return {"key": graded.class_key if graded else None, "graded": graded}


class ClassBeforeColumn(ClassColumn):
    """The class a customer had in the run before."""

    style = "kf-class-before"

    def __init__(self, scheme: Scheme) -> None:
        super().__init__(scheme)
        self._known = RunInForce.has_before(scheme)

    def read(self, graded: CustomerClass | None) -> dict[str, Any]:
        was = graded if graded and graded.graded_before and self._known else None
        return {"key": was.previous_key if was else None, "graded": None, "new": was is None}


def with_classes(
    customers: QuerySet[Customer], schemes: Iterable[Scheme], *more: str
) -> QuerySet[Customer]:
    """Customers with `shown_classes`, their classes in `schemes`, in one query more.

    Of the classes what a cell shows is read, and the fields `more`.
    """
    classes = CustomerClass.objects.filter(scheme__in=list(schemes))
    classes = classes.select_related("override__by").only(*_SHOWN, *more)
    return customers.prefetch_related(Prefetch("classes", classes, to_attr="shown_classes"))


_SHOWN = (
    *("customer", "scheme", "class_key", "computed_key", "previous_key", "graded_before"),
    *("held_by", "live", "override__reason", "override__until"),
    *(f"override__by__{name}" for name in ("username", "first_name")),
)


def _of(customer: Customer, scheme: Scheme) -> CustomerClass | None:
    shown: list[CustomerClass] = customer.shown_classes  # type: ignore[attr-defined]
    return next((one for one in shown if one.scheme_id == scheme.pk), None)


def _key_in(scheme: Scheme) -> Subquery:
    """The class of a customer in SQL."""
    held = CustomerClass.objects.filter(scheme=scheme, customer=OuterRef("pk"))
    return Subquery(held.values("class_key"))


def _title_of(scheme: Scheme) -> Callable[[str | None], str]:
    """What a file calls the class of a key."""
    beside = {key: str(title) for key, title in BESIDE}
    titles = {LAPSED: beside[LAPSED]} | {one.key: one.title for one in scheme.classes}
    return lambda key: titles.get(key or "", beside[UNRATED])


def _read(request: HttpRequest, names: Collection[str] | None) -> Columns:
    """The classes of the schemes of these names, and of those that the list is narrowed by."""
    known = schemes_on_page()
    asked = scheme_names(request.GET)
    shown = [one for one in known if names is None or one.name in names or one.name in asked]
    moved = scheme_names(request.GET, "moved") if names is not None else set()
    fresh = freshness_of(shown) if names is not None else []
    return Columns(
        choices=[(one.name, one.title) for one in known],
        shown={one.name for one in shown},
        columns=_columns(shown, moved),
        fetch=lambda customers: with_classes(customers, shown),
        note=Part("grading/_fresh_lines.html", {"freshness": fresh}) if fresh else None,
    )


def _columns(shown: list[Scheme], moved: set[str]) -> list[ListColumn]:
    """A column for each scheme; before it the class before where the list is narrowed by moves."""
    found = []
    for scheme in shown:
        if scheme.name in moved:
            title = _("%(scheme)s, before") % {"scheme": scheme.title}
            found.append(ListColumn(f"before_{scheme.pk}", title, ClassBeforeColumn(scheme)))
        found.append(
            ListColumn(
                f"class_{scheme.pk}",
                scheme.title,
                ClassColumn(scheme),
                filed=partial(_key_in, scheme),
                read=_title_of(scheme),
            )
        )
    return found


CLASSES = ColumnSet(name="scheme", title=gettext_lazy("Classes"), first=("abc", "rfm"), read=_read)
