"""What the page shows of a preview: classes, pictures, faults, the list behind it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.queries import visible_to
from kefen_crm.designer import documents
from kefen_crm.gateway import LAPSED, KefenError, previewing, say_reason
from kefen_crm.gateway.filters import UNRATED, Moved, OfClass, query
from kefen_crm.gateway.words import value_label
from kefen_crm.grading.models import in_language
from kefen_crm.grading.queries import BESIDE, Tally
from kefen_crm.platform.numbers import whole

if TYPE_CHECKING:
    from kefen_crm.designer.documents import Read
    from kefen_crm.gateway.previewing import Preview
    from kefen_crm.grading.models import Run
    from kefen_crm.team.models import User

PAGE = 25
ANY = previewing.ANY
"""Stands for any class."""


@dataclass(frozen=True)
class Row:
    """A class as the preview counts it, and as it is in force."""

    tally: Tally
    color: str
    change: int | None
    who: str
    """The filter of its customers."""

    @property
    def size(self) -> int:
        return abs(self.change or 0)


def effect(read: Read, against: Run | None) -> dict[str, Any]:
    """The answer to a change of the form, for the page's script."""
    document = documents.sent(read.document)
    if read.unreadable:
        fault = {"path": "", "text": say_reason(read.unreadable)}
        return {"faults": [fault], "told": _waiting(1)}
    try:
        found = previewing.preview(
            document, against.engine_id if against else "", against.as_of if against else None
        )
    except KefenError as error:
        fault = {"path": "", "text": say_reason({"code": error.code, "data": error.data})}
        return {"faults": [fault], "told": ""}
    if found.faults:
        faults = previewing.fault_texts(found.faults)
        return {"faults": faults, "told": _waiting(len(faults))}
    assert found.scheme is not None
    listed = rows(found)
    glance = {"tallies": [row.tally for row in listed]}
    context = {
        "rows": listed,
        "value": value_label(found.scheme),
        "against": against,
        "notes": previewing.note_texts(found),
    }
    return {
        "faults": [],
        "told": _told(found),
        "effect": render_to_string("designer/_classes_effect.html", context),
        "glance": render_to_string("designer/_glance.html", glance),
        "pictures": previewing.drawn(found),
        "seconds": round(found.seconds, 3),
    }


def _waiting(count: int) -> str:
    text = ngettext(
        "%(count)s thing to mend before the effect can be shown",
        "%(count)s things to mend before the effect can be shown",
        count,
    )
    return text % {"count": count}


def _told(found: Preview) -> str:
    facts = {
        "count": whole(found.customers),
        "day": found.as_of,
        "took": f"{found.seconds:.2f}",
    }
    return _("%(count)s customers as of %(day)s, worked out in %(took)s s") % facts


def rows(found: Preview) -> list[Row]:
    """The classes, best first, then the unrated."""
    assert found.scheme is not None
    before = (
        {_counted(one): one["customers"] for one in found.against.counts} if found.against else {}
    )
    listed = []
    for place, count in enumerate(found.counts, start=1):
        key = _counted(count)
        part = None if key in _BESIDE else found.scheme.class_(key)
        tally = Tally(
            key,
            in_language(part.title.model_dump()) if part else str(_BESIDE[key]),
            0 if part is None else place,
            count["customers"],
            Decimal(str(count["value"] or 0)),
            count["share_of_customers"],
            count["share_of_value"],
        )
        change = count["customers"] - before[key] if key in before else None
        who = query(OfClass(found.scheme.name, key))
        listed.append(Row(tally, (part.color or "") if part else "", change, who))
    return listed


_BESIDE = dict(BESIDE)


def _counted(count: dict[str, Any]) -> str:
    """What the class of a count is called in addresses."""
    return LAPSED if count.get("state") == "lapsed" else str(count["class"] or UNRATED)


def behind(user: User, read: Read, against: Run | None, who: str, page: int) -> dict[str, Any]:
    """The customers of a class (`class=abc:A`) or of a move (`moved=abc:A>B`), most valuable first.

    All of them where `who` says neither.

    Raises:
        KefenError: the document has faults.
    """
    start, end = _sides(who)
    found = previewing.members(
        documents.sent(read.document),
        against.engine_id if against else "",
        against.as_of if against else None,
        to=_key(end),
        since=_key(start),
        start=(page - 1) * PAGE,
        length=PAGE,
    )
    codes = [row["customer_id"] for row in found.rows]
    people = visible_to(user).select_related("owner").in_bulk(codes, field_name="code")
    titles = _titles(read.document, against)
    return {
        "members": [
            row
            | {
                "customer": people.get(row["customer_id"]),
                "class_title": titles.get(row["class"] or UNRATED, row["class"]),
                "before_title": titles.get(_side(row["before"]), row["before"])
                if "before" in row
                else "",
            }
            for row in found.rows
        ],
        "total": found.total,
        "who": who,
        "title": titles.get(end, end),
        "from_title": titles.get(start, "") if start != ANY else "",
        "page": page,
        "first": (page - 1) * PAGE + 1,
        "last": min(page * PAGE, found.total),
        "more": page * PAGE < found.total,
        "against": any("before" in row for row in found.rows),
        "value": value_label(read.document),
    }


def _sides(who: str) -> tuple[str, str]:
    """The class before and the class now that a filter asks for; `ANY` for any."""
    asked = dict(parse_qsl(who))
    moved = Moved.read(asked.get(Moved.name, ""))
    if moved is not None:
        return moved.before or ANY, moved.after or ANY
    of_class = OfClass.read(asked.get(OfClass.name, ""))
    return ANY, of_class.key if of_class is not None else ANY


def _key(text: str) -> str | None:
    return {UNRATED: None, "new": previewing.ABSENT, "absent": previewing.ABSENT}.get(text, text)


def _side(key: str | None) -> str:
    return UNRATED if key is None else "absent" if key == previewing.ABSENT else key


def _titles(document: dict[str, Any], against: Run | None) -> dict[str, str]:
    titles = {one.key: one.title for one in against.version.classes} if against else {}
    for one in document.get("classes") or []:
        if isinstance(one, dict):
            titles[str(one.get("key"))] = in_language(one.get("title"), str(one.get("key")))
    absent = _("not there")
    beside = {key: str(title) for key, title in BESIDE}
    return titles | beside | {"absent": absent, "new": absent, ANY: _("any class")}
