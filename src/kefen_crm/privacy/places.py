"""Where something of a customer is held, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import _StrPromise

    from kefen_crm.gateway.rights import Found

FOLDERS: Final[dict[str, _StrPromise]] = {
    "ledger/facts": gettext_lazy("Facts, in all versions of the ledger"),
    "ledger/claims": gettext_lazy("What imports said of customers"),
    "ledger/rejections": gettext_lazy("Rejected rows of imports"),
    "ledger/versions": gettext_lazy("History of imports"),
    "ledger/mappings.json": gettext_lazy("Remembered columns of files"),
    "ledger/date-orders.json": gettext_lazy("Remembered columns of files"),
    "ledger/measures": gettext_lazy("Figures that are made anew"),
    "ledger/daybook": gettext_lazy("Figures that are made anew"),
    "cache": gettext_lazy("Figures that are made anew"),
    "runs": pgettext_lazy("where data is held", "Runs"),
    "uploads": gettext_lazy("Uploaded files"),
    "bi": gettext_lazy("Files for BI programs"),
    "logs": gettext_lazy("Logs"),
}
_QUEUE: Final = "procrastinate_"


def by_words(found: Iterable[Found]) -> list[tuple[str, int]]:
    """What the places are called, with how many there are of each."""
    count: Counter[str] = Counter()
    for one in found:
        count[name_of(one.path)] += one.places
    return sorted(count.items())


def name_of(path: str) -> str:
    """What a file below the data directory or `database/<table>` is called."""
    first, *rest = path.split("/")
    if first == "database" and rest:
        return _table(rest[0])
    for start in ("/".join([first, *rest[:1]]), first):
        if start in FOLDERS:
            return str(FOLDERS[start])
    return path


def _table(table: str) -> str:
    if table.startswith(_QUEUE):
        return _("Background jobs")
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table:  # noqa: SLF001  # the documented way to a model's names
            return _("Database: %(rows)s") % {"rows": model._meta.verbose_name_plural}  # noqa: SLF001
    return _("Database: %(rows)s") % {"rows": table}
