"""What other systems post: proven by its signature, kept once, landed as what is fetched is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from allauth.core import ratelimit
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.connectors import wording
from kefen_crm.connectors.fetching import settle, taken
from kefen_crm.connectors.models import Connector, Fetch
from kefen_crm.connectors.sources import SOURCES
from kefen_crm.connectors.sources.base import Fetched, Message, Receiver, SourceError
from kefen_crm.facts.models import FactWrite
from kefen_crm.facts.writing import attend
from kefen_crm.platform.api.handlers import guarded
from kefen_crm.platform.api.problems import Refused
from kefen_crm.webhooks.signing import new_secret

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_BYTES: Final = 4 << 20
"""So long a message may be; what is more comes by the API or as a file."""
AGAIN: Final = frozenset({"server", "not-permitted"})
"""Why a message came to nothing that may come to something when it is sent again."""


@guarded
def receive(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a message for a connector; who sends says the signature alone."""
    if request.method != "POST":
        return JsonResponse({}, status=405, headers={"Allow": "POST"})
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        detail = _("A message may have up to %(megabytes)s MB.")
        raise Refused(413, "too-large", detail % {"megabytes": MOST_BYTES >> 20})
    headers = {name.lower(): value for name, value in request.headers.items()}
    message = Message(headers, request.body, timezone.now())
    connector = Connector.objects.select_related("by").filter(pk=pk).first()
    source = SOURCES.get(connector.source) if connector else None
    receiver = source.receiver if source else None
    key = receiver.proven(_secrets(connector, message), message) if connector and receiver else ""
    if not connector or not receiver or not key:
        if connector and receiver and ratelimit.consume(request, action="message_refused"):
            _note_refused(connector, message)
        raise Refused(401, "not-signed", _("The message is not signed as it has to be."))
    if not connector.active:
        raise Refused(503, "turned-off", _("This connector is off."))
    return _answer(_received(connector, receiver, message, key))


def _secrets(connector: Connector, message: Message) -> list[str]:
    found = [connector.secret or new_secret()]
    if connector.former_secret and connector.former_until and connector.former_until > message.at:
        found.append(connector.former_secret)
    return found


def _received(connector: Connector, receiver: Receiver, message: Message, key: str) -> Fetch:
    """What came of a message; one that came before is not taken again, unless Kefen failed."""
    fetch, writes = _kept(connector, receiver, message, key)
    if writes:
        settle(fetch, [attend(one, 0) for one in writes])
    return fetch


@transaction.atomic
def _kept(
    connector: Connector, receiver: Receiver, message: Message, key: str
) -> tuple[Fetch, list[FactWrite]]:
    """Keep a message and its facts, both or neither, one message of a connector at a time."""
    locked = Connector.objects.select_for_update(of=("self",)).select_related("by")
    connector = locked.get(pk=connector.pk)
    known = Fetch.objects.filter(connector=connector, key=key).first()
    if known is not None and (known.told.get("why") or {}).get("code") not in AGAIN:
        return known, []
    if known is not None:
        known.delete()
    fetch = Fetch.objects.create(
        connector=connector, outcome=Fetch.Outcome.NOTHING, began=message.at, key=key
    )
    try:
        told = receiver.read(connector.settings, message)
        if _older(connector, told):
            told = Fetched(left_out={"older": 1})
        fetch.about, fetch.as_of = told.about, told.as_of
        with transaction.atomic():
            writes = taken(fetch, told)
        fetch.outcome = Fetch.Outcome.CHECKED if writes else Fetch.Outcome.NOTHING
    except SourceError as error:
        return _failed(fetch, error.code, error.data), []
    except Refused as refused:
        return _failed(fetch, "refused", {"detail": refused.detail}), []
    except PermissionDenied:
        return _failed(fetch, "not-permitted", {}), []
    fetch.save(update_fields=["outcome", "about", "as_of"])
    return fetch, writes


def _older(connector: Connector, told: Fetched) -> bool:
    """Whether something newer came about the same before."""
    if not told.about:
        return False
    newer = Fetch.objects.filter(connector=connector, about=told.about, as_of__gt=told.as_of)
    return newer.exists()


def _failed(fetch: Fetch, code: str, data: dict[str, Any]) -> Fetch:
    fetch.outcome = Fetch.Outcome.FAILED
    fetch.told = {"why": {"code": code, "data": data}}
    fetch.save(update_fields=["outcome", "told"])
    return fetch


@transaction.atomic
def _note_refused(connector: Connector, message: Message) -> None:
    """Note that a message was refused; of many in a row there is one note."""
    Connector.objects.select_for_update().get(pk=connector.pk)
    last = Fetch.objects.filter(connector=connector).first()
    why = (last.told.get("why") or {}) if last else {}
    if last is None or why.get("code") != "not-signed":
        last = Fetch(connector=connector, outcome=Fetch.Outcome.FAILED)
        why = {"code": "not-signed", "data": {"times": 0}}
    last.told = {"why": {**why, "data": {"times": why["data"]["times"] + 1}}}
    last.began = message.at
    last.save()


def _answer(fetch: Fetch) -> HttpResponse:
    """What the sender is told: 202 while it waits for its turn, a problem where it is no fact."""
    code = (fetch.told.get("why") or {}).get("code")
    if code is not None:
        raise Refused(503 if code in AGAIN else 422, "not-taken", wording.why(fetch))
    told = {
        "fetch": fetch.pk,
        "outcome": fetch.outcome,
        "rows": fetch.rows,
        "left_out": wording.left_out(fetch),
    }
    status = 202 if fetch.outcome == Fetch.Outcome.CHECKED else 200
    return JsonResponse(told, status=status, headers={"Cache-Control": "no-store"})
