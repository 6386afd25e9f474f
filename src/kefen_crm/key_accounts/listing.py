"""Key accounts in the customer list: which customers are one, have a tender or a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from kefen_crm.key_accounts.models import Contract, KeyAccount, Tender
from kefen_crm.platform.filters import NOBODY
from kefen_crm.platform.parts import Choice, Choices, Filter

if TYPE_CHECKING:
    from django.http import HttpRequest

NAME: Final = "key_account"


def _titles() -> dict[str, str]:
    return {
        "yes": _("Key accounts"),
        "no": _("No key accounts"),
        "tender": _("With an open tender"),
        "contract": _("With a running contract"),
    }


def _read(value: str) -> tuple[str, Q]:
    title = _titles().get(value)
    own = OuterRef("pk")
    conditions = {
        "yes": Q(Exists(KeyAccount.objects.filter(customer=own))),
        "no": ~Q(Exists(KeyAccount.objects.filter(customer=own))),
        "tender": Q(Exists(Tender.objects.filter(customer=own, state__in=Tender.OPEN))),
        "contract": Q(Exists(Contract.objects.filter(customer=own, state__in=Contract.RUNNING))),
    }
    return (value, NOBODY) if title is None else (title, conditions[value])


def _choices(request: HttpRequest) -> list[Choices]:
    asked = set(request.GET.getlist(NAME))
    offered = [Choice(value, title, value in asked) for value, title in _titles().items()]
    return [Choices(NAME, NAME, _("Key accounts"), offered)]


FILTER = Filter(NAME, _read, group=lambda _value: NAME, choices=_choices)
