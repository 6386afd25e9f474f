"""What grading tells those above it."""

from __future__ import annotations

from django.dispatch import Signal

classes_changed = Signal()
"""The classes of a scheme may be others: `scheme`, its id, and `live` where they are those of a few
customers between runs. Sent in the transaction that did it."""
