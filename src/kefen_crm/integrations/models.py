"""What is kept of customers, classes and runs that are no more."""

from __future__ import annotations

from django.db import models


class Deletion(models.Model):
    """The code of a customer or class, or id of a run, that is no more; written by triggers.

    Its column `changed`, the transaction that deleted, is not known here (see the migration).
    """

    kind = models.CharField(max_length=10)
    code = models.CharField(max_length=200)
    scheme = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "code", "scheme"], name="deletion_once_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class DeletionFloor(models.Model):
    """Up to which transaction deletions of a kind have been forgotten, in the column `changed`."""

    kind = models.CharField(max_length=10, primary_key=True)

    def __str__(self) -> str:
        return self.kind


class ClassPeriod(models.Model):
    """A class that a customer had in a scheme, and no longer has; written by triggers.

    Customers and schemes are no foreign keys, as rows are written while those are deleted; with a
    customer its periods go.
    """

    customer_id = models.BigIntegerField(db_index=True)
    scheme_id = models.BigIntegerField()
    class_key = models.CharField(max_length=80, null=True)
    computed_key = models.CharField(max_length=80, null=True)
    held_by = models.CharField(max_length=10)
    since = models.DateTimeField()
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.class_key or '–'} {self.since:%F} – {self.until:%F}"
