from django.shortcuts import render

from kefen_crm.customers.queries import visible_to
from kefen_crm.team.roles import require
from sample_visits.models import Visit


def visit_list(request):
    require(request.user, "log_sample_visits")
    sample_visits = Visit.objects.filter(customer__in=visible_to(request.user))
    return render(request, "sample_visits/list.html", {"sample_visits": sample_visits})
