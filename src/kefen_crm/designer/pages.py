"""What a designer page is about: the document it opens with, and what it is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.designer import controls, documents, skeletons
from kefen_crm.gateway import grading as engine
from kefen_crm.gateway.words import method_title
from kefen_crm.grading import queries
from kefen_crm.grading.models import Draft, Run, Scheme, in_language

if TYPE_CHECKING:
    from django.http import QueryDict


def page(
    document: dict[str, Any], *, scheme: Scheme | None = None, draft: Draft | None = None
) -> dict[str, Any]:
    """A designer page that opens with a document."""
    against = queries.in_force(scheme) if scheme else None
    shaped = documents.shaped(document)
    return {
        **controls.editor(shaped),
        "scheme": scheme,
        "draft": draft,
        "fresh": scheme is None or scheme.current is None,
        "title": in_language(document.get("title"), str(document.get("name", ""))),
        "yaml": documents.text(documents.sent(shaped)),
        "against": against,
        "others": comparable(),
    }


def comparable() -> list[Run]:
    """The runs in force, of every scheme."""
    found = (queries.in_force(scheme) for scheme in queries.published())
    return [run for run in found if run is not None]


def against(posted: QueryDict) -> Run | None:
    """The run that the form asks to compare with."""
    pk = posted.get("against", "")
    runs = Run.objects.select_related("version__scheme").filter(status=Run.Status.FINISHED)
    return runs.filter(pk=int(pk)).first() if pk.isdecimal() else None


def templates() -> list[dict[str, Any]]:
    """The ready-made schemes as cards: what each is for, its classes."""
    return [
        {
            "name": one.name,
            "title": in_language(one.document.get("title"), one.name),
            "description": in_language(one.document.get("description")),
            "method": method_title(str(one.document.get("method"))),
            "classes": [
                {"number": number, "title": in_language(part["title"], part["key"])}
                for number, part in enumerate(one.class_list, start=1)
            ],
        }
        for one in engine.ready()
    ]


def started(template: str, method: str) -> dict[str, Any] | None:
    """The document a new scheme starts from; None when there is nothing of that name."""
    taken = set(Scheme.objects.values_list("name", flat=True))
    for one in engine.ready():
        if one.name == template:
            return one.document | {"name": skeletons.free_name(one.name, taken)}
    if skeletons.known(method):
        title = {"zh": "新方案", "en": "New scheme"}
        return {"name": skeletons.free_name("new-scheme", taken), "title": title} | skeletons.bones(
            method
        )
    return None
