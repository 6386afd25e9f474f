from django.utils import timezone
from pydantic import Field

from kefen_crm.customers.models import Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import events, rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.scoped_rules import Preview, ScopedRule


class VisitGap(ScopedRule):
    """Customers of the scope are visited at least every so many working days."""

    working_days: int = Field(default=60, ge=1, title="Working days between sample_visits")


def unseen(found, day):
    """The customers not visited for longer than a rule allows."""
    for rule, customers in divided(found, Customer.objects.exclude(owner=None)):
        since = current().add_workdays(day, -rule.working_days)
        yield from customers.exclude(sample_visits__on__gte=since).prefetch_related("sample_visits")


def preview(found):
    customers = list(unseen(found, timezone.localdate()))
    names = tuple((one.code, one.name, "", "") for one in customers)
    return Preview(len(customers), Customer.objects.count(), names=names)


def remind(due):
    customers = {
        f"customer:{one.pk}": one for one in unseen(rules.in_force("sample_visit_gap"), due.day)
    }
    last = {
        target: str(max((visit.on for visit in one.sample_visits.all()), default="never"))
        for target, one in customers.items()
    }
    for target in due.targets("sample_visit_gap", last, population=Customer.objects.count()):
        events.record(None, "sample_visit.due", customers[target], after={"since": last[target]})
