"""How service kept its promises by class, and how many came back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.grading.by_class import counted, rated, share_rows, with_class
from kefen_crm.platform import differences
from kefen_crm.platform.parts import Proof, ProofTable
from kefen_crm.tickets.models import ServiceClock, Ticket
from kefen_crm.tickets.queries import tickets_for

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

YEAR: Final = timedelta(days=365)
AGAIN: Final = timedelta(days=30)


def breaches(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """Promises of answers and solutions of twelve months that were broken, of those that ended."""
    user: Any = request.user
    now = timezone.now()
    tickets = tickets_for(user).counted()
    clocks = ServiceClock.objects.filter(ticket__in=tickets, started_at__gte=now - YEAR)
    late = Q(breached_at__isnull=False) | Q(stopped_at__gt=F("due_at"))
    late |= Q(stopped_at=None, paused_at=None, due_at__lt=now)
    ended = clocks.filter(late | Q(stopped_at__isnull=False)).annotate(was_late=late)
    found = with_class(ended, scheme, "ticket__customer").order_by()
    counts = counted(found.values_list("class_key", "was_late"))
    if not counts:
        return []
    classes = [one for one in rated(scheme, counts, (0, 0)) if one[1]]
    first, last = (classes[0], classes[-1]) if len(classes) > 1 else ((0, 0), (0, 0))
    findings = [differences.no_worse(first, last)]
    columns = (_("Promises"), _("Broken"), _("Share"))
    return [ProofTable(_("Broken service levels"), columns, share_rows(scheme, counts), findings)]


def repeats(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """Tickets solved a month to a year ago whose customer came with the like within 30 days."""
    user: Any = request.user
    now = timezone.now()
    solved = tickets_for(user).filter(solved_at__gte=now - YEAR, solved_at__lt=now - AGAIN)
    later = Ticket.objects.counted().filter(
        customer=OuterRef("customer"), kind=OuterRef("kind"), product=OuterRef("product"),
        opened_at__gt=OuterRef("solved_at"), opened_at__lte=OuterRef("solved_at") + AGAIN,
    )  # fmt: skip
    found = with_class(solved.annotate(again=Exists(later)), scheme).order_by()
    rows = found.values_list("class_key", "again", "reopened")
    counts = counted((key, again or reopened > 0) for key, again, reopened in rows)
    if not counts:
        return []
    return [
        ProofTable(
            _("Again within 30 days"),
            (_("Solved"), _("Again"), _("Share")),
            share_rows(scheme, counts),
            [differences.of_shares(rated(scheme, counts, (0, 0)), "less")],
        )
    ]


PROOFS: Final = (
    Proof(
        "breaches", gettext_lazy("Service levels"),
        gettext_lazy("Answers and solutions promised within twelve months. The best class is to be "
                     "served no worse than the last one."),
        40, breaches,
    ),
    Proof(
        "repeats", gettext_lazy("Repeats"),
        gettext_lazy("Solved tickets that were opened again, or followed by one of the same kind "
                     "and product. Better classes are to have fewer."),
        50, repeats,
    ),
)  # fmt: skip
