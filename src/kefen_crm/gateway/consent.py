"""What a customers' file says of consent, by the attributes that the engine knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.evaluate.contactability import CONSENT, YES

if TYPE_CHECKING:
    from collections.abc import Mapping


def consented(attributes: Mapping[str, Any]) -> bool | None:
    """Whether a customer agreed to be written to; None where the file does not say."""
    for name in CONSENT:
        if name in attributes:
            return str(attributes[name]).strip().lower() in YES
    return None
