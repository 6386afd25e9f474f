"""Companies of HubSpot as customers, by its CRM search.

https://developers.hubspot.com/docs/api-reference/search/guide
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import (
    Asked,
    Fetched,
    Setting,
    Source,
    SourceError,
    ask,
    day,
    document,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE: Final = "https://api.hubapi.com"
PER_PAGE: Final = 200
MOST: Final = 9_800
"""The search pages through ten thousand; then it begins anew from the last that was seen."""
_CHANGED: Final = "hs_lastmodifieddate"
_FIELDS: Final = {
    "name": "name",
    "phone": "phone",
    "address": "address",
    "city": "city",
    "state": "province",
    "industry": "industry",
}


def fetch(asked: Asked) -> Fetched:
    """The companies changed since, two hundred at a time."""
    since, after = asked.cursor.get("since", "0"), asked.cursor.get("after", "")
    wanted: dict[str, Any] = {
        "filterGroups": [
            {"filters": [{"propertyName": _CHANGED, "operator": "GTE", "value": since}]}
        ],
        "sorts": [{"propertyName": _CHANGED, "direction": "ASCENDING"}],
        "properties": [*_FIELDS, "createdate", _CHANGED],
        "limit": PER_PAGE,
    }
    if after:
        wanted["after"] = after
    headers = {"Authorization": f"Bearer {asked.secret}", "Content-Type": "application/json"}
    base = asked.settings.get("base", "").rstrip("/") or BASE
    answer = ask(
        "POST", f"{base}/crm/v3/objects/companies/search", headers, json.dumps(wanted).encode()
    )
    told, _headers = document(answer)
    try:
        companies = told["results"]
        found = Fetched(rows={"customers": [_customer(one, asked.settings) for one in companies]})
        seen = max([int(since), *(_moment(one["properties"][_CHANGED]) for one in companies)])
        following = str(((told.get("paging") or {}).get("next") or {}).get("after") or "")
    except (KeyError, TypeError, ValueError):
        raise SourceError("not-read") from None
    found.more = bool(following)
    if following and (not following.isdecimal() or int(following) < MOST):
        found.cursor = {"since": since, "after": following}
    else:
        found.cursor = {"since": str(max(seen, int(since) + 1) if following else seen)}
    return found


def _moment(text: str) -> int:
    """Milliseconds of a moment, as the search's filter takes it."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def _customer(told: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any]:
    known = told["properties"]
    code = f"{settings.get('prefix', '')}{told['id']}"
    plain = {ours: known.get(theirs) for theirs, ours in _FIELDS.items()}
    return {
        "customer_id": code,
        **plain,
        "name": plain["name"] or code,
        "registered_on": day(known.get("createdate")),
        "source_channel": "hubspot",
    }


SOURCE = Source(
    name="hubspot",
    title="HubSpot",
    text=_("Companies as customers"),
    icon="building-community",
    fetch=fetch,
    settings=(
        Setting(
            "prefix",
            _("Prefix"),
            _("Stands before the numbers, where those of another source could be the same."),
            required=False,
            placeholder="H-",
        ),
        Setting("base", _("Address"), required=False, placeholder=BASE, url=True),
    ),
    secret=_("Access token of a private app"),
)
