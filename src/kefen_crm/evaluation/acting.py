"""What money, service and selling came to by class, as the apps tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from kefen_crm.platform.parts import Proof, ProofTable


def proofs(page: str = "") -> list[Proof]:
    """Every part of a page, or of both, in its order."""
    found = [one for one in declared("proofs") if not page or one.page == page]
    return sorted(found, key=lambda one: (one.page, one.position))


def called(name: str) -> Proof | None:
    """The part of a name; None without one."""
    return next((one for one in proofs() if one.name == name), None)


def read(request: HttpRequest, one: Proof) -> Sequence[ProofTable]:
    """What a part shows to whoever asks, by the classes of the leading scheme."""
    return one.read(request, leading_scheme())
