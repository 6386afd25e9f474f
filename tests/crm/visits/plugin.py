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
from visits.models import Visit
from visits.rules import VisitGap, preview, remind


def of_customer(_request, customer):
    found = list(customer.visits.all())
    return {"visits": found} if found else None


def count(_request):
    return {"count": Visit.objects.count()}


def attention(request):
    unseen = visible_to(request.user).filter(visits=None).count()
    if unseen:
        title = f"{unseen} not visited"
        text = "Nobody went to see them"
        url = f"{reverse('customers:list')}?visited=never"
        yield AttentionItem("map-pin", "blue", title, text, url)


def find(_request, text):
    for visit in Visit.objects.filter(note__icontains=text):
        yield Hit(visit.note, str(visit.customer), reverse("visits:list"))


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
    column = ListColumn("visited_on", "Last visit", tables.DateColumn(), value=last_visit)
    shown = {"last"} if chosen is None or "last" in chosen else set()
    return Columns(
        choices=[("last", "Last visit")],
        shown=shown,
        columns=[column] if shown else [],
        fetch=lambda customers: customers.annotate(visited_on=Max("visits__on")),
    )


def last_visit(customer):
    return customer.visited_on


def figures():
    yield Figure("visits", "Visits", "", [("", Visit.objects.count())])


def owner(event):
    return [event.customer.owner]


def due_text(event):
    text = "Go and see %(customer)s"
    return NoticeText(text, {"customer": event.customer.name}, reverse("visits:list"))


VISIT_GAP = RuleKind("visit_gap", "Visits", "Owners go", "map-pin", VisitGap, preview, "log_visits")

PLUGIN = Plugin(
    routes=(Route("visits/", "visits.urls"),),
    menu=(MenuEntry("visits:list", "Visits", "map-pin", "v", "log_visits", position=25),),
    permissions=(Permission("log_visits", "log visits", (Role.REP,)),),
    routers=(Router("/visits", "visits.api.router"),),
    search=(SearchSource(find),),
    panels=(Panel("visits/panel.html", of_customer, "side"),),
    tiles=(Tile("visits/tile.html", count),),
    attention=attention,
    filters=(Filter("visited", visited, choices=offered),),
    columns=(ColumnSet("visit", "Visits", ("last",), columns),),
    figures=figures,
    bar=(BarItem("visits/bar.html", count),),
    settings_pages=(SettingsPage("visits:list", "Routes of visits", "By car", "car"),),
    rules=(VISIT_GAP,),
    clock_jobs=(ClockJob("visits.remind", remind, permit="log_visits"),),
    notice_kinds=(NoticeKind("visit.due", "A visit is due", "map-pin"),),
    notices=(Notice("visit.due", "visit.due", owner, due_text),),
)
