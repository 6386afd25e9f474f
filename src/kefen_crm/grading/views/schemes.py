from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from kefen_crm.gateway import KefenError, members, reports, say
from kefen_crm.gateway.filters import NEW, Moved
from kefen_crm.gateway.pictures import NAMES
from kefen_crm.grading import actions, pages, pictures, queries, tables
from kefen_crm.grading.forms import RunForm
from kefen_crm.grading.home import a_year_earlier
from kefen_crm.grading.models import Run, Scheme
from kefen_crm.platform.paging import Pages
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from kefen_crm.team.views import SignedInRequest


@require_GET
def scheme_list(request: SignedInRequest) -> HttpResponse:
    """Every scheme with its classes, and running them; busy runs keep the list fresh.

    Whoever may grade sees the drafts above them, also of schemes that were never published.
    """
    context: dict[str, Any] = {
        "standings": queries.standings(request.user),
        "busy": queries.busy()[:1],
    }
    part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    if part:
        return render(request, "grading/_list.html", context)
    if may(request.user, Permit.GRADE):
        context["drafts"] = queries.all_drafts()
    return render(request, "grading/list.html", context)


@require_GET
def detail(request: SignedInRequest, name: str) -> HttpResponse:
    """What a scheme says, its standard, its classes now, and its runs."""
    return _detail(request, _scheme(name), RunForm())


def _detail(request: SignedInRequest, scheme: Scheme, form: RunForm) -> HttpResponse:
    context = {"form": form, **pages.scheme(request.user, scheme)}
    return render(request, "grading/detail.html", context, status=422 if form.errors else 200)


@require_POST
def grade(request: SignedInRequest, name: str) -> HttpResponse:
    """Queue a run of one scheme, as of a day or of now."""
    require(request.user, Permit.GRADE)
    scheme = _scheme(name)
    form = RunForm(request.POST)
    if not form.is_valid():
        return _detail(request, scheme, form)
    try:
        actions.request_runs(request.user, [scheme], form.cleaned_data["as_of"])
    except KefenError as error:
        form.add_error("as_of", say(error))
        return _detail(request, scheme, form)
    return _back(request)


@require_POST
def grade_all(request: SignedInRequest) -> HttpResponse:
    """Queue a run of every scheme."""
    require(request.user, Permit.GRADE)
    runs = actions.grade_all(request.user)
    told = ngettext("%(count)s run is queued.", "%(count)s runs are queued.", len(runs))
    messages.success(request, told % {"count": len(runs)})
    return _back(request)


@require_POST
def compare_with_last_year(request: SignedInRequest) -> HttpResponse:
    """Queue a run a year before the one in force, to have something to compare it with."""
    scheme = _scheme(request.POST.get("scheme", ""))
    run = queries.in_force(scheme)
    day = a_year_earlier(run) if run else None
    if day:
        actions.request_runs(request.user, [scheme], day)
        told = _("%(scheme)s is being graded as of %(day)s.")
        messages.success(request, told % {"scheme": scheme.title, "day": day.isoformat()})
    return redirect("home")


def _back(request: SignedInRequest) -> HttpResponse:
    """To the page that asked."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return redirect(target)
    return redirect("grading:list")


@require_GET
def busy(request: SignedInRequest) -> HttpResponse:
    """All runs at work, for a page that waits for them; it is loaded anew when they are done."""
    waiting = list(queries.busy())
    if not waiting:
        return HttpResponseClientRefresh()
    return render(request, "grading/_busy.html", {"busy_runs": waiting})


@require_GET
def progress(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """How far a run is; the page that asks is loaded anew when it ends."""
    found = _run(name, pk)
    if not found.busy:
        return HttpResponseClientRefresh()
    return render(request, "grading/_progress.html", {"run": found})


@require_GET
def run(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """A run: its pictures, the ABC table, and who moved since another run."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    found = _run(name, pk)
    context = pages.run(found, request.GET)
    if found.status == Run.Status.FINISHED:
        try:
            rows = tables.abc_table(found, request.GET)
        except KefenError as error:
            context["missing"] = say(error)
        else:
            context["page"] = Pages(rows, tables.PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "grading/run.html", context)


@require_GET
def export(request: SignedInRequest, name: str, pk: int, form: str) -> HttpResponse:
    """The ABC table of a run as a file, narrowed as on the page."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    require(request.user, Permit.EXPORT)
    found = _finished(name, pk)
    return tables.file(found, tables.abc_table(found, request.GET), form)


@require_GET
def report(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """A run as one HTML file to print or send, with who moved since the run before."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    require(request.user, Permit.EXPORT)
    found = _finished(name, pk)
    earlier = queries.before(found.scheme)
    previous = earlier.engine_id if earlier and queries.in_force(found.scheme) == found else None
    try:
        body = reports.page(found.engine_id, previous)
    except KefenError as error:
        messages.error(request, say(error))
        return redirect("grading:run", name, pk)
    file = f"{found.version.title}-{found.as_of}.html"
    return HttpResponse(
        body,
        content_type="text/html; charset=utf-8",
        headers={"Content-Disposition": content_disposition_header(True, file)},
    )


@require_GET
def moved(request: SignedInRequest, name: str, pk: int) -> HttpResponse:
    """The customers on one way from class to class, or all who moved, between two runs."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    after = _finished(name, pk)
    before = _finished(name, _whole(request.GET.get("since", "")))
    way = Moved.read(request.GET.get("moved", "")) or Moved(name, "", "")
    start, end = members.GONE if way.before == NEW else way.before, way.after
    rows = members.moved(before.engine_id, after.engine_id, start, end)
    paged = Pages(tables.Rows(rows.lazy()), tables.PER_PAGE)
    context = {
        "run": after,
        "before": before,
        "from_title": pages.side_title(before, start),
        "to_title": pages.side_title(after, end),
        "page": paged.get_page(request.GET.get("page")),
    }
    return render(request, "grading/moved.html", context)


@require_GET
def picture(request: SignedInRequest, name: str, pk: int, picture: str) -> HttpResponse:
    """The data of a picture of a whole run."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    if picture not in NAMES:
        raise Http404
    return _drawn(lambda: pictures.drawn(_finished(name, pk), picture))


@require_GET
def migration(request: SignedInRequest, name: str, pk: int, before: int) -> HttpResponse:
    """The data of the picture of who moved between two runs."""
    require(request.user, Permit.SEE_ALL_CUSTOMERS)
    after, other = _finished(name, pk), _finished(name, before)
    return _drawn(lambda: pictures.migration(other, after))


@require_GET
def own_pyramid(request: SignedInRequest, name: str) -> HttpResponse:
    """The pyramid of the customers this person may see."""
    scheme = _scheme(name)
    return JsonResponse(pictures.own_pyramid(scheme, queries.own_tallies(request.user, scheme)))


def _drawn(draw: Any) -> HttpResponse:
    try:
        return JsonResponse(draw())
    except KefenError as error:
        return JsonResponse({"detail": say(error)}, status=404)


def _scheme(name: str) -> Scheme:
    return get_object_or_404(queries.published(), name=name)


def _run(name: str, pk: int) -> Run:
    runs = Run.objects.select_related("version__scheme__current", "version__scheme__schedule", "by")
    return get_object_or_404(runs, pk=pk, version__scheme__name=name)


def _finished(name: str, pk: int) -> Run:
    found = _run(name, pk)
    if found.status != Run.Status.FINISHED:
        raise Http404(_("This run did not finish."))
    return found


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() else 0
