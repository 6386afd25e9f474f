from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from kefen_crm.grading.models.runs import Run
    from kefen_crm.grading.models.schemes import Scheme


class CustomerClass(models.Model):
    """The class a customer has now in a scheme; `class_key` is null while unrated.

    `previous_key` is the class in the run before, `graded_before` whether the customer was in it:
    where `RunInForce` knows such a run. Before, they are as the next run is to find them where
    the class stays.
    `held_by` says what keeps the class from being what the score alone gives; `pending` in how
    many runs in a row the score gave a worse one.

    `live` says when the class was found for this customer alone, from newer facts and by the
    standard of the run in force; then `run_key` is the class in that, `NEW` for who was not in it.

    Which runs these are says `RunInForce`: a run writes only the customers of whom it says
    something else than the last.
    """

    NEW = "~new"

    class Held(models.TextChoices):
        CAP = "cap", _("Capped")
        HYSTERESIS = "hysteresis", _("Kept for now")
        OVERRIDE = "override", _("Set by hand")

    # The indexes below begin with them: one of their own would only slow every run down. So would
    # a constraint, which locks a customer's row for each class; that none outlives its customer or
    # scheme, triggers of theirs see to.
    customer = models.ForeignKey(
        "customers.Customer",
        on_delete=models.CASCADE,
        related_name="classes",
        db_index=False,
        db_constraint=False,
    )
    scheme = models.ForeignKey(
        "Scheme",
        on_delete=models.CASCADE,
        related_name="customer_classes",
        db_index=False,
        db_constraint=False,
    )
    class_key = models.CharField(_("class"), max_length=80, null=True)
    score = models.FloatField(_("score"), null=True)
    detail = models.JSONField(default=dict, blank=True)
    graded_before = models.BooleanField(default=False, db_default=False)
    previous_key = models.CharField(max_length=80, null=True)
    # What the scheme gives: another class than `class_key` only where a person decided.
    computed_key = models.CharField(_("computed class"), max_length=80, null=True)
    held_by = models.CharField(max_length=10, choices=Held, blank=True, default="")
    pending = models.PositiveSmallIntegerField(default=0)
    override = models.ForeignKey(
        "Override",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # few classes have one
    )

    live = models.DateTimeField(_("live since"), null=True)
    live_facts = models.DateTimeField(null=True)
    run_key = models.CharField(max_length=80, null=True)

    class Meta:
        verbose_name = _("class of a customer")
        verbose_name_plural = _("classes of customers")
        constraints = [
            models.UniqueConstraint(fields=["customer", "scheme"], name="one_class_per_scheme")
        ]
        indexes = [
            models.Index(
                fields=["scheme", "class_key"], include=["customer"], name="class_by_scheme"
            ),
            models.Index(fields=["scheme", "score"], name="class_by_score"),
            models.Index(
                fields=["scheme", "previous_key", "class_key"],
                include=["customer"],
                name="class_by_move",
            ),
            models.Index(
                fields=["scheme"],
                condition=models.Q(held_by="override"),
                name="class_by_hand",
            ),
            models.Index(
                fields=["override"],
                condition=models.Q(override__isnull=False),
                name="class_by_override",
            ),
            models.Index(
                fields=["scheme"],
                condition=models.Q(live__isnull=False),
                name="class_live",
            ),
        ]

    def __str__(self) -> str:
        return self.class_key or "–"

    @property
    def run(self) -> Run:
        """The run in force, which the class comes from."""
        return self.scheme.run_in_force.run


class RunInForce(models.Model):
    """The run that today's classes of a scheme come from, and the one `before`, if any.

    The latter is the last as of an earlier day: what customers were before comes from it.
    """

    scheme = models.OneToOneField(
        "Scheme", on_delete=models.CASCADE, primary_key=True, related_name="run_in_force"
    )
    run = models.ForeignKey("Run", on_delete=models.RESTRICT, related_name="+")
    before = models.ForeignKey("Run", on_delete=models.RESTRICT, null=True, related_name="+")
    # The version of Kefen that wrote the classes.
    program = models.CharField(max_length=100, default="", db_default="")

    def __str__(self) -> str:
        return f"{self.scheme}: {self.run_id}"

    @classmethod
    def has_before(cls, scheme: Scheme) -> bool:
        """Whether it is known what customers of a scheme were before.

        The database is asked unless this was read with the scheme.
        """
        if type(scheme).run_in_force.is_cached(scheme):
            known: RunInForce | None = getattr(scheme, "run_in_force", None)
            return known is not None and known.before_id is not None
        return cls.objects.filter(scheme=scheme, before__isnull=False).exists()


class LivePosition(models.Model):
    """Up to which version of the ledger the live classes of a scheme have followed, upon a run."""

    scheme = models.OneToOneField("Scheme", on_delete=models.CASCADE, related_name="followed")
    run = models.ForeignKey("Run", on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.scheme}: v{self.version}"
