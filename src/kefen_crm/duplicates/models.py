"""Pairs of customers that are likely one, and merges with what they moved."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Pair(models.Model):
    """Two customers that are likely one, or of which a person said that they are not.

    Attributes:
        first, second: the customer with the lower number is the first.
        score: the points that speak for it, as `kefen.matching` gives them.
        parts: the points by what they are about; no values of the customers.
        group: the lowest number of a customer among those that open pairs join.
    """

    class State(models.TextChoices):
        OPEN = "open", _("to be judged")
        DIFFERENT = "different", _("not the same")

    first = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="pairs_first"
    )
    second = models.ForeignKey(
        "customers.Customer", on_delete=models.CASCADE, related_name="pairs_second"
    )
    score = models.FloatField(default=0)
    parts = models.JSONField(default=dict)
    group = models.BigIntegerField(default=0)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("likely duplicate")
        verbose_name_plural = _("likely duplicates")
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="pair_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="pair_in_order"
            ),
        ]
        indexes = [models.Index(fields=["state", "group", "-score"], name="pair_in_group")]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class Merge(models.Model):
    """Customers that were merged into another, with all that is needed to take it back."""

    winner = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="merges_won"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.winner_id} {self.at:%Y-%m-%d}"


class MergedCustomer(models.Model):
    """A customer that a merge put into another.

    Attributes:
        moved: the rows that went along, by model: their keys.
        added: rows that the merge made for it, by model: their keys.
        ended: what makes the rows again that the merge ended, by model.
        unmarked: rows that gave up a mark that one row of a customer has, by model: their keys.
    """

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="merges_lost"
    )
    moved = models.JSONField(default=dict)
    added = models.JSONField(default=dict)
    ended = models.JSONField(default=dict)
    unmarked = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("merged customer")
        verbose_name_plural = _("merged customers")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["merge", "customer"], name="merged_once_a_merge")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.merge_id}"

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each model went along."""
        keys: dict[str, list[Any]] = self.moved
        return {label: len(these) for label, these in keys.items()}

    @property
    def ended_counts(self) -> dict[str, int]:
        """How many rows of each model ended."""
        rows: dict[str, list[Any]] = self.ended
        return {label: len(these) for label, these in rows.items()}


class MergeChoice(models.Model):
    """A field that a merge wrote into the customer that remains; texts as `FieldEdit` has them."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, related_name="choices")
    field = models.CharField(max_length=40)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)

    class Meta:
        verbose_name = _("choice of a merge")
        verbose_name_plural = _("choices of merges")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.field
