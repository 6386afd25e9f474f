import django_tables2 as tables
from django.db.models import Exists, Max, OuterRef, Q
from django.urls import reverse

from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.figures import Figure
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import (
    AttentionItem,
    BarItem,
    Choice,
    Choices,
    ClockJob,
    Columns,
    ColumnSet,
    Filter,
    Hit,
    ListColumn,
    MenuEntry,
    Notice,
    NoticeKind,
    NoticeText,
    Panel,
    Permission,
    Route,
    Router,
    RuleKind,
    SearchSource,
    SettingsPage,
    Tile,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role
from sample_visits.models import Visit
from sample_visits.rules import VisitGap, preview, remind


def of_customer(_request, customer):
    found = list(customer.sample_visits.all())
    return {"sample_visits": found} if found else None


def count(request):
    return {"count": Visit.objects.filter(customer__in=visible_to(request.user)).count()}


def attention(request):
    unseen = visible_to(request.user).filter(sample_visits=None).count()
    if unseen:
        title = f"{unseen} not visited"
        text = "Nobody went to see them"
        url = f"{reverse('customers:list')}?visited=never"
        yield AttentionItem("map-pin", "blue", title, text, url)


def find(_request, text):
    for visit in Visit.objects.filter(note__icontains=text):
        yield Hit(visit.note, str(visit.customer), reverse("sample_visits:list"))


def visited(value):
    if value not in {"ever", "never"}:
        return value, NOBODY
    seen = Q(Exists(Visit.objects.filter(customer=OuterRef("pk"))))
    return ("Visited", seen) if value == "ever" else ("Not visited", ~seen)


def offered(request):
    asked = request.GET.get("visited")
    choices = [Choice(one, f"Visited {one}", one == asked) for one in ("ever", "never")]
    return [Choices("visited", "ever", "Visits", choices)]


def columns(_request, chosen):
    column = ListColumn("visited_on", "Last visit", tables.DateColumn(), values=last_visits)
    shown = {"last"} if chosen is None or "last" in chosen else set()
    return Columns(
        choices=[("last", "Last visit")],
        shown=shown,
        columns=[column] if shown else [],
        fetch=lambda customers: customers.annotate(visited_on=Max("sample_visits__on")),
    )


def last_visits(customers):
    found = Visit.objects.filter(customer__in=customers).values_list("customer_id")
    return dict(found.annotate(last=Max("on")))


def figures():
    yield Figure("sample_visits", "Visits", "", [("", Visit.objects.count())])


def owner(event):
    return [event.customer.owner]


def due_text(event):
    text = "Go and see %(customer)s"
    return NoticeText(text, {"customer": event.customer.name}, reverse("sample_visits:list"))


VISIT_GAP = RuleKind(
    "sample_visit_gap", "Visits", "Owners go", "map-pin", VisitGap, preview, "log_sample_visits"
)

PLUGIN = Plugin(
    routes=(Route("sample_visits/", "sample_visits.urls"),),
    menu=(
        MenuEntry("sample_visits:list", "Visits", "map-pin", "v", "log_sample_visits", position=25),
    ),
    permissions=(Permission("log_sample_visits", "log visits", (Role.REP,)),),
    routers=(Router("/sample_visits", "sample_visits.api.router"),),
    search=(SearchSource(find),),
    panels=(Panel("sample_visits/panel.html", of_customer, "side"),),
    tiles=(Tile("sample_visits/tile.html", count),),
    attention=attention,
    filters=(Filter("visited", visited, choices=offered),),
    columns=(ColumnSet("visit", "Visits", ("last",), columns),),
    figures=figures,
    bar=(BarItem("sample_visits/bar.html", count),),
    settings_pages=(
        SettingsPage("sample_visits:list", "Routes of sample_visits", "By car", "car"),
    ),
    rules=(VISIT_GAP,),
    clock_jobs=(ClockJob("sample_visits.remind", remind, permit="log_sample_visits"),),
    notice_kinds=(NoticeKind("sample_visit.due", "A visit is due", "map-pin"),),
    notices=(Notice("sample_visit.due", "sample_visit.due", owner, due_text),),
)
