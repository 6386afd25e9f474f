"""How many key accounts have their deciders on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.grading.by_class import counted, rated, share_rows, with_class
from kefen_crm.key_accounts.people import mapped_deciders, people_of
from kefen_crm.key_accounts.queries import accounts_for
from kefen_crm.platform import differences
from kefen_crm.platform.parts import Proof, ProofTable

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.grading.models import Scheme

ENOUGH: Final = 3


def deciders(request: HttpRequest, scheme: Scheme | None) -> list[ProofTable]:
    """Key accounts with three deciders whose stance and influence are known."""
    user: Any = request.user
    found = with_class(accounts_for(user), scheme).order_by()
    classes = dict(found.values_list("customer", "class_key"))
    if not classes:
        return []
    people = people_of(classes)
    counts = counted(
        (key, mapped_deciders(people[customer]) >= ENOUGH) for customer, key in classes.items()
    )
    return [
        ProofTable(
            _("Three deciders on the map"),
            (_("Key accounts"), _("With three"), _("Share")),
            share_rows(scheme, counts),
            [differences.of_shares(rated(scheme, counts, (0, 0)), "more")],
        )
    ]


PROOFS: Final = (
    Proof(
        "deciders", gettext_lazy("Deciders of key accounts"),
        gettext_lazy("Key accounts with three people who decide, with their stance. Better classes "
                     "are to be known better."),
        100, deciders,
    ),
)  # fmt: skip
