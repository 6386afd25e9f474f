from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh
from django_tables2 import RequestConfig

from kefen_crm.gateway import KefenError, language, reading, say
from kefen_crm.gateway.ledger import opened
from kefen_crm.imports import actions, pages, queries
from kefen_crm.imports.forms import (
    MOST_FILES,
    TYPES,
    MappingForm,
    ReadingForm,
    limit_text,
    refusal,
    refusals,
)
from kefen_crm.imports.models import Import
from kefen_crm.imports.tables import ImportTable
from kefen_crm.platform.jobs import fail_orphans
from kefen_crm.platform.paging import Pages
from kefen_crm.platform.parts import Part
from kefen_crm.platform.registry import declared
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen_crm.team.views import SignedInRequest

logger = logging.getLogger(__name__)
PER_PAGE = 25
ANSWERS = {
    *(("known_keys", "replace"), ("known_keys", "new"), ("repeated_lines", "all")),
    *(("date_order", "mdy"), ("date_order", "dmy")),
    *(("shared_codes", "one"), ("shared_codes", "apart")),
}
"""What the check asks, and what may be answered."""


@require_GET
def import_list(request: SignedInRequest) -> HttpResponse:
    """All imports, and the place to drop files; busy imports keep the list fresh."""
    require(request.user, Permit.IMPORT)
    table = ImportTable(queries.listed())
    RequestConfig(request, paginate={"per_page": PER_PAGE, "paginator_class": Pages}).configure(
        table
    )
    part = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    context = {"table": table, "busy": queries.busy(), **_drop()}
    return render(request, "imports/_list.html" if part else "imports/list.html", context)


def _drop(**more: Any) -> dict[str, Any]:
    return {
        "kinds": reading.kinds(),
        "types": ",".join(TYPES),
        "limit": settings.KEFEN_UPLOAD_LIMIT,
        "limit_text": limit_text(),
        "refusals": refusals("{name}"),
        "other_language": "en" if language() == "zh" else "zh",
        **more,
    }


@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """The place to drop files; they are looked at while one waits."""
    require(request.user, Permit.IMPORT)
    if request.method != "POST":
        return render(request, "imports/new.html", _drop())
    files = request.FILES.getlist("files")
    refused = [told for file in files if (told := refusal(file))]
    if not files:
        refused = [_("Choose a file first.")]
    if len(files) > MOST_FILES:
        refused = [_("Choose at most %(count)s files at once.") % {"count": MOST_FILES}]
        files = []
    taken = [actions.upload(request.user, file) for file in files if not refusal(file)]
    if not taken:
        template = "imports/_drop.html" if request.htmx else "imports/new.html"  # type: ignore[attr-defined]
        status = 200 if request.htmx else 422  # type: ignore[attr-defined]
        return render(request, template, _drop(refused=refused), status=status)
    for told in refused:
        messages.error(request, told)
    if len(taken) > 1:
        text = ngettext(
            "%(count)s file has come. Open it to check its columns.",
            "%(count)s files have come. Open each to check its columns.",
            len(taken),
        )
        messages.success(request, text % {"count": len(taken)})
        return _go(request, "imports:list")
    return _go(request, "imports:detail", taken[0].pk)


def _go(request: SignedInRequest, to: str, *arguments: Any) -> HttpResponse:
    answer = redirect(to, *arguments)
    return HttpResponseClientRedirect(answer.url) if request.htmx else answer  # type: ignore[attr-defined]


@require_GET
def detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """An import at whatever step it is."""
    return _detail(request, _record(request, pk))


def _detail(
    request: SignedInRequest, record: Import, form: MappingForm | None = None
) -> HttpResponse:
    wanted = request.GET.get("step") == "columns"
    context = pages.read(record, columns=wanted, form=form)
    if record.status == Import.Status.COMMITTED:
        read = [(one, one.read(request, record.batch_id)) for one in declared("imported")]
        context["parts"] = [Part(one.template, told) for one, told in read if told is not None]
    status = 422 if form is not None and form.errors else 200
    return render(request, "imports/detail.html", context, status=status)


@require_GET
def progress(request: SignedInRequest, pk: int) -> HttpResponse:
    """How far the work is; the page that asks is loaded anew when it ends."""
    record = _record(request, pk)
    if not record.busy:
        return HttpResponseClientRefresh()
    return render(request, "imports/_progress.html", pages.progress(record))


@require_POST
def understand(request: SignedInRequest, pk: int) -> HttpResponse:
    """Look at the file again as another kind or sheet."""
    record = _record(request, pk)
    kind, sheet = request.POST.get("kind", ""), request.POST.get("sheet", "")
    if kind and kind not in reading.kinds():
        raise Http404
    refused = ""
    form = ReadingForm(record, request.POST)
    options = form.options if form.is_valid() else record.options
    try:
        record = actions.understand_as(request.user, pk, kind, sheet, options)
    except ValidationError as error:
        refused = " ".join(error.messages)
    except KefenError as error:
        refused = say(error)
    if not request.htmx:  # type: ignore[attr-defined]
        if refused:
            messages.error(request, refused)
        return redirect(f"{record.get_absolute_url()}?step=columns")
    if record.busy or not record.preview:
        return HttpResponseClientRefresh()
    context = pages.mapping(record) | {"refused": refused}
    return render(request, "imports/_columns.html", context)


@require_POST
def forget_mapping(request: SignedInRequest, pk: int) -> HttpResponse:
    """Forget the mapping the file was understood by; it is looked at again."""
    record = _record(request, pk)
    try:
        actions.forget_mapping(request.user, pk)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except KefenError as error:
        messages.error(request, say(error))
    return redirect(f"{record.get_absolute_url()}?step=columns")


@require_POST
def mapping_state(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether the columns as chosen will do; nothing is kept."""
    record = _record(request, pk)
    if record.busy or not record.preview:
        return HttpResponseClientRefresh()
    form = MappingForm(record, request.POST)
    form.is_valid()
    return render(request, "imports/_validity.html", {"import": record, "form": form})


@require_POST
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Check the file with the chosen columns."""
    record = _record(request, pk)
    if record.busy or not record.preview:
        return redirect(record)
    form = MappingForm(record, request.POST)
    if not form.is_valid():
        return _detail(request, record, form)
    return _act(request, record, lambda: actions.request_check(request.user, pk, form.chosen))


@require_POST
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Answer what the check asked: known numbers, equal lines, what a status means."""
    record = _record(request, pk)
    name, value = request.POST.get("name", ""), request.POST.get("value", "")
    if name == "status":
        known = record.options.get("statuses") or {}
        chosen: Any = known | {request.POST.get("status", ""): value == "yes"}
        name = "statuses"
    elif (name, value) in ANSWERS:
        chosen = value
    else:
        raise Http404
    return _act(request, record, lambda: actions.decide(request.user, pk, name, chosen))


@require_http_methods(["GET", "POST"])
def mend(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mend rejected rows in place, page by page; they become an import of their own."""
    record = _record(request, pk)
    if not record.rejected or record.busy or (not record.file and not record.batch_id):
        return redirect(record)
    key = f"mended-{pk}"
    cells = {int(line): row for line, row in request.session.get(key, {}).items()}
    if request.method != "POST":
        context = pages.mending(record, request.GET.get("page"), cells)
        return render(request, "imports/mend.html", context)
    for row in pages.mending(record, request.POST.get("page"), cells)["rows"]:
        given = {cell["heading"]: request.POST.get(cell["name"]) for cell in row["cells"]}
        came = {cell["heading"]: cell["came"] for cell in row["cells"]}
        cells[row["key"]] = {
            name: text for name, text in given.items() if text is not None and text != came[name]
        }
    cells = {line: row for line, row in cells.items() if row}
    request.session[key] = cells
    if "to" in request.POST:
        to = urlencode({"page": request.POST["to"]})
        return redirect(f"{reverse('imports:mend', args=[pk])}?{to}")
    try:
        made = actions.mend(request.user, pk, cells)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(record)
    del request.session[key]
    return redirect(made)


@require_POST
def land(request: SignedInRequest, pk: int) -> HttpResponse:
    """Import a checked file, or try again."""
    record = _record(request, pk)
    return _act(request, record, lambda: actions.request_landing(request.user, pk))


@require_http_methods(["GET", "POST"])
def undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask whether to take an import back, showing what goes; then do."""
    record = _record(request, pk)
    if request.method == "POST":
        return _act(request, record, lambda: actions.request_undo(request.user, pk))
    if record.status != Import.Status.COMMITTED:
        return redirect(record)
    with opened() as ledger:
        left = reading.sales_without(ledger, record.batch_id)
    context = {
        "import": record,
        "kind_title": pages.kind_title(record.kind),
        "sales_left": left,
        "sold": left or reading.is_sales(record.kind),
    }
    template = "imports/_undo.html" if request.htmx else "imports/undo.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    """Throw an upload away that never landed."""
    record = _record(request, pk)
    try:
        actions.remove(request.user, pk)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(record)
    messages.success(request, _("%(name)s is removed.") % {"name": record.name})
    return redirect("imports:list")


def _act(request: SignedInRequest, record: Import, act: Callable[[], object]) -> HttpResponse:
    """Do it and show the import; what was refused is said there."""
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(record)


@require_GET
def rejections(request: SignedInRequest, pk: int, form: str) -> HttpResponse:
    """The rejected rows with their reasons, to mend and import again."""
    record = _record(request, pk)
    kept = None if record.batch_id else record.rejected_path
    if not record.rejected or (kept and not kept.exists()):
        raise Http404
    title = _("rejected rows of %(name)s") % {"name": Path(record.name).stem}
    return _file(
        lambda path: reading.write_refused(record.batch_id, kept, path, form), f"{title}.{form}"
    )


@require_GET
def source(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file as it came."""
    record = _record(request, pk)
    if not record.file or not record.path.is_file():
        raise Http404
    return _attached(record.path.open("rb"), record.name)


@require_GET
def template(request: SignedInRequest, kind: str) -> HttpResponse:
    """A workbook to fill in for a kind; `lang` chooses its language."""
    require(request.user, Permit.IMPORT)
    titles = reading.kinds()
    if kind not in titles:
        raise Http404
    lang = request.GET.get("lang", "")
    name = f"Kefen {titles[kind]}.xlsx" if lang in ("", language()) else f"Kefen {kind}.{lang}.xlsx"
    return _file(lambda path: reading.write_template(kind, path, lang), name)


def _file(write: Callable[[Path], object], name: str) -> HttpResponse:
    """A file written for this request only."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{Path(name).suffix}"
        write(path)
        # Open files outlive their name.
        return _attached(path.open("rb"), name)


def _attached(stream: Any, name: str) -> HttpResponse:
    answer = FileResponse(stream, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    return answer  # type: ignore[return-value]


def _record(request: SignedInRequest, pk: int) -> Import:
    require(request.user, Permit.IMPORT)
    if request.method == "POST":
        fail_orphans(Import)
    return get_object_or_404(Import.objects.select_related("by"), pk=pk)
