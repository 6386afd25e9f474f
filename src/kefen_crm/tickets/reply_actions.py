"""Reply templates are written and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.contacts.wording import check
from kefen_crm.platform import events
from kefen_crm.team.roles import require
from kefen_crm.tickets.permits import WRITE_REPLIES
from kefen_crm.tickets.replies import FIELDS, classes
from kefen_crm.tickets.reply_models import ReplyTemplate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

TEXTS: Final = ("body_zh", "body_en")
VALUES: Final = ("name", *TEXTS, "kind", "product", "class_key", "active")


@transaction.atomic
def save_reply(
    actor: User,
    template: ReplyTemplate | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> ReplyTemplate:
    """Write a reply template, or change one; `values` by `VALUES`, what they leave out stays.

    Raises:
        PermissionDenied: unless `actor` may write reply templates.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field, such as for a field of the text that there is not.
        KeyReused: when the key came with something else before.
    """
    require(actor, WRITE_REPLIES)
    verb = "replytemplate.changed" if template else "replytemplate.added"
    given = {"template": template.pk if template else None, "values": dict(values)}
    if answer := events.answered(actor, verb, key, given):
        return answer.target()  # type: ignore[return-value]  # the event is of a template
    known = template is not None
    if template is not None:
        template = events.locked(ReplyTemplate.objects.all(), template.pk, expected_version)
    found = template or ReplyTemplate()
    before = _told(found) if known else {}
    for name in VALUES:
        if name in values:
            value = values[name]
            setattr(found, name, _tidy(value) if isinstance(value, str) else value)
    _check(found, before)
    after = _told(found)
    if before == after:
        return found
    if known:
        events.raised(found)
    else:
        found.save()
    events.record(actor, verb, found, before=before, after=after, key=key, given=given)
    return found


def _check(found: ReplyTemplate, before: Mapping[str, Any]) -> None:
    for name in TEXTS:
        check(name, getattr(found, name), FIELDS)
    if not any(getattr(found, name) for name in TEXTS):
        raise ValidationError({"body_zh": _("Write the text in one language at least.")})
    # The class of a scheme that leads no more stays, as long as nobody chooses another.
    if found.class_key not in {"", before.get("class_key"), *(key for key, _title in classes())}:
        raise ValidationError({"class_key": _("There is no such class.")})
    found.full_clean()


def _tidy(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


def _told(found: ReplyTemplate) -> dict[str, Any]:
    return {name: getattr(found, name) for name in VALUES}
