"""Accounts and won opportunities of Salesforce, by its REST query.

Signed in by the OAuth 2.0 client credentials of a connected app:
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm
https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_query.htm
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

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
    joined,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DATA: Final = "/services/data/v62.0/query"
CHANGED: Final = "SystemModstamp"
QUERIES: Final = {
    "customers": "SELECT Id, Name, Phone, BillingStreet, BillingCity, BillingState, Industry, "
    "CreatedDate, SystemModstamp FROM Account",
    "orders": "SELECT Id, AccountId, Amount, CloseDate, SystemModstamp FROM Opportunity",
}
WON: Final = "IsWon = true AND AccountId != null AND Amount != null"


def fetch(asked: Asked) -> Fetched:
    """What was changed since: first the accounts, then the opportunities that were won."""
    base = asked.settings["url"].strip().rstrip("/")
    instance, token = _signed_in(asked, base)
    cursor = asked.cursor
    stage, since = cursor.get("stage", "customers"), dict(cursor.get("since") or {})
    headers = {"Authorization": f"Bearer {token}"}
    following = cursor.get("next", "")
    if not following.startswith("/services/data/"):
        wanted = [WON] if stage == "orders" else []
        wanted += [f"{CHANGED} >= {since[stage]}"] if since.get(stage) else []
        where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
        query = f"{QUERIES[stage]}{where} ORDER BY {CHANGED}"
        following = f"{DATA}?{urlencode({'q': query})}"
    told, _headers = document(ask("GET", f"{instance}{following}", headers))
    prefix = asked.settings.get("prefix", "")
    try:
        records = told["records"]
        read = customers if stage == "customers" else orders
        found = Fetched(rows={stage: read(records, prefix)})
        seen = max([cursor.get("seen", ""), *(_written(one[CHANGED]) for one in records)])
        onward = "" if told["done"] else str(told["nextRecordsUrl"])
    except (KeyError, TypeError, ValueError):
        raise SourceError("not-read") from None
    if onward:
        at = {"stage": stage, "next": onward, "seen": seen}
        found.cursor, found.more = {"since": since, **at}, True
        return found
    since[stage] = seen or since.get(stage, "")
    found.cursor = {"since": since}
    if stage == "customers":
        found.cursor["stage"], found.more = "orders", True
    return found


def customers(records: Iterable[Mapping[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """Accounts as customers."""
    return [
        {
            "customer_id": f"{prefix}{one['Id']}",
            "name": one["Name"],
            "phone": one.get("Phone"),
            "address": joined(one.get("BillingStreet")),
            "city": one.get("BillingCity"),
            "province": one.get("BillingState"),
            "industry": one.get("Industry"),
            "registered_on": day(one.get("CreatedDate")),
            "source_channel": "salesforce",
        }
        for one in records
    ]


def orders(records: Iterable[Mapping[str, Any]], prefix: str) -> list[dict[str, Any]]:
    """Opportunities that were won as orders of the day on which they closed."""
    return [
        {
            "order_id": f"{prefix}{one['Id']}",
            "customer_id": f"{prefix}{one['AccountId']}",
            "ordered_on": day(one["CloseDate"]),
            "amount": str(one["Amount"]),
            "channel": "salesforce",
        }
        for one in records
    ]


def _signed_in(asked: Asked, base: str) -> tuple[str, str]:
    """The address of the company's own instance, and a token for it."""
    given = {
        "grant_type": "client_credentials",
        "client_id": asked.settings["client"].strip(),
        "client_secret": asked.secret,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ask("POST", f"{base}/services/oauth2/token", headers, urlencode(given).encode())
    told, _headers = document(answer)
    try:
        instance, token = str(told["instance_url"]).rstrip("/"), str(told["access_token"])
    except (KeyError, TypeError):
        raise SourceError("not-read") from None
    if urlsplit(instance).scheme != urlsplit(base).scheme:
        raise SourceError("not-read")
    return instance, token


def _written(moment: str) -> str:
    """A moment as a query takes it: `2026-11-04T12:00:00.000+0000` is `2026-11-04T12:00:00Z`."""
    if not moment.endswith("+0000"):
        raise ValueError(moment)
    return f"{moment[:19]}Z"


SOURCE = Source(
    name="salesforce",
    title="Salesforce",
    text=_("Accounts as customers, won opportunities as orders"),
    icon="cloud",
    fetch=fetch,
    settings=(
        Setting("url", _("Address"), placeholder="https://company.my.salesforce.com", url=True),
        Setting("client", _("Consumer key of the connected app")),
        Setting(
            "prefix",
            _("Prefix"),
            _("Stands before the numbers, where those of another source could be the same."),
            required=False,
            placeholder="SF-",
        ),
    ),
    secret=_("Consumer secret"),
)
