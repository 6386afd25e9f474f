"""Documents in the making, each under the digest of what it says, so that forms send changes only.

A document is forgotten after a while, and other web processes do not know it: then the form sends
all of itself once.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.core.cache import caches


def put(document: dict[str, Any]) -> str:
    """Remember a document; gives its digest."""
    text = json.dumps(document, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    caches["documents"].set(digest, text)
    return digest


def get(digest: str) -> dict[str, Any] | None:
    """The document of a digest; None where it is not known."""
    text = caches["documents"].get(digest)
    found: dict[str, Any] | None = None if text is None else json.loads(text)
    return found
