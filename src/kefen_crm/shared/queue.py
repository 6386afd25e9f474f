"""Puts work into the background queue, in the transaction that asks for it."""

from __future__ import annotations

from typing import Any

from procrastinate.contrib.django import app


def later(task: str, *, lock: str | None = None, **arguments: Any) -> None:
    """Queue a task by its name; jobs of one `lock` run one after the other."""
    app.configure_task(task, lock=lock).defer(**arguments)
