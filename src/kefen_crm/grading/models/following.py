from __future__ import annotations

from django.db import models


class Following(models.Model):
    """The version of the ledger that the site has followed: customers shown, runs queued.

    There is one row. `step` is the id of the step that made the version, so that another ledger
    in the same place is noticed.
    """

    version = models.PositiveIntegerField(default=0)
    step = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"v{self.version}"
