"""Faults of caps and hysteresis in a raw document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kefen.errors import Fault
from kefen.schemes.faults import entries, near

if TYPE_CHECKING:
    from collections.abc import Iterator


def hold_faults(document: Mapping[str, Any], *, cut: bool) -> Iterator[Fault]:
    """What is wrong beyond the form; `cut` tells that one number decides the classes."""
    keys = [str(entry.get("key")) for _, entry in entries(document, "classes")]
    if document.get("ranked") is False:
        for name in ("caps", "hysteresis"):
            if document.get(name):
                yield Fault(name, "classes-unranked", {"name": name})
    for place, cap in entries(document, "caps"):
        key = cap.get("at_most")
        if isinstance(key, str) and key not in keys:
            facts = {"value": key, "near": near(key, keys), "allowed": keys}
            yield Fault(f"caps[{place}].at_most", "cap-unknown-class", facts)
        elif keys and key == keys[0]:
            yield Fault(f"caps[{place}].at_most", "cap-of-nobody", {"value": key})
    hysteresis = document.get("hysteresis")
    if not isinstance(hysteresis, Mapping):
        return
    given = [name for name in ("runs", "margin") if hysteresis.get(name) is not None]
    if len(given) != 1:
        facts = {"allowed": ["runs", "margin"], "given": given}
        yield Fault("hysteresis", "hysteresis-unclear", facts)
    if "margin" in given and not cut:
        yield Fault("hysteresis.margin", "margin-of-nothing", {"method": document.get("method")})
