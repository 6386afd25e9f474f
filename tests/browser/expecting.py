"""Playwright's assertions; Playwright itself is imported by the first test that asserts."""

from __future__ import annotations

from typing import Any

PATIENCE = 60_000
"""Milliseconds until what is not so is a fault, on a machine with much else to do."""
STILL: dict[str, Any] = {"reduced_motion": "reduce"}
"""A person whom movement disturbs: a page that is still sliding would move away under a click."""


def expect(of: Any, message: str | None = None) -> Any:
    """What can be asserted of a page or of a part of it; it waits until that is so."""
    from playwright.sync_api import expect as assertions

    assertions.set_options(timeout=PATIENCE)
    return assertions(of, message)
