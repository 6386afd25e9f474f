"""Playwright's assertions; Playwright itself is imported by the first test that asserts."""

from __future__ import annotations

from typing import Any


def expect(of: Any, message: str | None = None) -> Any:
    """What can be asserted of a page or of a part of it; it waits until that is so."""
    from playwright.sync_api import expect as assertions

    return assertions(of, message)
