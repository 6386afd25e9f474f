"""What is kept of customers, classes and runs that are no more."""

from __future__ import annotations

from django.db import models


class Deletion(models.Model):
    """The key of a customer, class or run that is no more, written by triggers of the database.

    Its column `changed`, the transaction that deleted, is not known here (see the migration).
    """

    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=120)
    scheme = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key", "scheme"], name="deletion_once_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class DeletionFloor(models.Model):
    """Up to which transaction deletions of a kind have been forgotten, in the column `changed`."""

    kind = models.CharField(max_length=10, primary_key=True)

    def __str__(self) -> str:
        return self.kind
