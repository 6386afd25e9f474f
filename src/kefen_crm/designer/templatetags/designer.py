"""Controls of the designer: each is called after the place in the document that it writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from kefen_crm.designer import document_path
from kefen_crm.designer.values import shown_percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.template import RequestContext

register = template.Library()


@register.inclusion_tag("designer/_field.html", takes_context=True)
def field(
    context: RequestContext, kind: str, place: str, label: str = "", **options: Any
) -> dict[str, Any]:
    """A text, number or percent control; `slider=True` puts a slider before it."""
    value = document_path.get(context["document"], place)
    if kind == "percent":
        shown = shown_percent(value)
    elif kind == "words" and isinstance(value, list):
        shown = ", ".join(str(one) for one in value)
    else:
        shown = "" if value is None or isinstance(value, dict | list) else str(value)
    return {"kind": kind, "place": place, "label": label, "value": shown, **options}


@register.inclusion_tag("designer/_choice.html", takes_context=True)
def choice(
    context: RequestContext,
    place: str,
    options: Sequence[tuple[str, str]],
    label: str = "",
    default: str = "",
    **more: Any,
) -> dict[str, Any]:
    """A select; what the document says and the options lack is an option of its own."""
    value = document_path.get(context["document"], place)
    shown = default if value is None else str(value)
    listed = list(options)
    if shown and shown not in [name for name, _ in listed]:
        listed.append((shown, shown))
    return {"place": place, "options": listed, "label": label, "value": shown, **more}


@register.inclusion_tag("designer/_reference.html", takes_context=True)
def reference(
    context: RequestContext, place: str, label: str = "", default: str = "", **more: Any
) -> dict[str, Any]:
    """An indicator, and the window when it is not the scheme's."""
    value = str(document_path.get(context["document"], place) or default)
    name, _, window = value.partition("@")
    return {
        "place": place,
        "label": label,
        "name": name,
        "window": window,
        "choices": context["choices"],
        "windows": context["windows"],
        "known": any(name == one.name for one in context["choices"]),
        **more,
    }


@register.simple_tag(takes_context=True)
def at(context: RequestContext, place: str) -> Any:
    """What the document says at a place."""
    return document_path.get(context["document"], place)
