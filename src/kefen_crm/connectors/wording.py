"""What came of a fetch, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.gateway import reading

if TYPE_CHECKING:
    from kefen_crm.connectors.models import Fetch


def why(fetch: Fetch) -> str:
    """Why a fetch failed, and what helps; empty for one that did not."""
    told = fetch.told.get("why") or {}
    if not told:
        return ""
    sentences = {
        "sign-in": _(
            "The place refuses the sign-in (%(status)s). Give it a new token or password."
        ),
        "missing": _("There is nothing at that address (%(status)s). Look at the settings."),
        "busy": _("The place asks for patience (%(status)s). It is asked again later."),
        "status": _("The place answered %(status)s. It is asked again later."),
        "timeout": _("No answer in time. It is asked again later."),
        "refused": _("The connection was refused. Look at the address."),
        "private": _(
            "An address of the own network: KEFEN_WEBHOOKS_PRIVATE=1 allows it (docs/operating.md)."
        ),
        "unreachable": _("The address could not be reached. Look at it, or wait."),
        "too-large": _("More than %(megabytes)s MB at once. Have it divided."),
        "not-read": _("The answer is not as this source answers. Look at the address."),
        "host-key": _(
            "The server shows a key of the fingerprint %(fingerprint)s. Compare it with what "
            "whoever runs the server says, then confirm it. Nothing was told to the server yet."
        ),
        "other-host-key": _(
            "The server shows another key than the one that was confirmed: %(fingerprint)s. Ask "
            "whoever runs it; it may be another server. Nothing was told to it."
        ),
        "no-key": _("The private key cannot be read: it has to be without a passphrase."),
        "not-signed": ngettext(
            "%(times)s message was refused: it is not signed by the secret, or is an old one.",
            "%(times)s messages were refused: not signed by the secret, or old ones.",
            told["data"].get("times", 1),
        ),
        "no-message": "%(detail)s",
        "no-kind": _("“type” has to be a kind of facts: %(kinds)s."),
        "no-rows": _("“data” has to be a fact or a list of facts."),
        "server": _("Kefen could not do this. The log says more."),
        "not-permitted": _("Who set it up may not import any more. Set it up anew."),
        "not-operating": _("Who set it up may not do so any more. Set it up anew."),
        "no-scheme": _("There is no scheme %(name)s. Look at the settings."),
        "no-field": _("No customer has a field %(name)s. Look at the settings."),
        "disk": _("The folder cannot be read: %(detail)s"),
    }
    if told["code"] == "refused" and "detail" in told["data"]:
        return str(told["data"]["detail"])
    return str(sentences.get(told["code"], told["code"]) % told["data"])


def left_out(fetch: Fetch) -> list[str]:
    """What was there and is no fact, with how many."""
    found = []
    for code, count in (fetch.told.get("left_out") or {}).items():
        told = {
            "test": ngettext("%(n)s test order", "%(n)s test orders", count),
            "no-customer": ngettext(
                "%(n)s order of nobody who is known", "%(n)s orders of nobody who is known", count
            ),
            "unpaid": ngettext(
                "%(n)s order that is not paid for yet",
                "%(n)s orders that are not paid for yet",
                count,
            ),
            "no-order": ngettext(
                "%(n)s message about something else than an order",
                "%(n)s messages about something else than an order",
                count,
            ),
            "older": ngettext(
                "%(n)s message that is older than what is known",
                "%(n)s messages that are older than what is known",
                count,
            ),
            "too-large": ngettext(
                "%(n)s file that is too large", "%(n)s files that are too large", count
            ),
            "no-contact": ngettext(
                "%(n)s customer whom this member does not have in WeCom",
                "%(n)s customers whom their members do not have in WeCom",
                count,
            ),
            "no-member": ngettext(
                "%(n)s customer without a member of WeCom",
                "%(n)s customers without a member of WeCom",
                count,
            ),
            "same-contact": ngettext(
                "%(n)s customer with the ID of another one",
                "%(n)s customers with the ID of another one",
                count,
            ),
        }
        found.append(told[code] % {"n": count})
    return found


def brought(fetch: Fetch) -> list[tuple[str, dict[str, int]]]:
    """What came by kind of fact, with how many were added, replaced and rejected."""
    titles = reading.kinds()
    return [(titles.get(kind, kind), counts) for kind, counts in fetch.rows.items()]
