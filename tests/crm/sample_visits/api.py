from ninja import Router
from pydantic import BaseModel

from kefen_crm.customers.queries import visible_to
from kefen_crm.team.roles import require
from sample_visits.models import Visit

router = Router(tags=["Visits"])


class VisitOut(BaseModel):
    customer: str
    note: str


@router.get("", response=list[VisitOut], summary="All visits")
def list_visits(request):
    """The visits to customers whom the asker may see."""
    require(request.user, "log_sample_visits")
    sample_visits = Visit.objects.filter(customer__in=visible_to(request.user))
    return [{"customer": one.customer.code, "note": one.note} for one in sample_visits]
