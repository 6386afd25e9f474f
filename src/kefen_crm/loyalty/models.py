"""Members, their points by lots and moves, tiers and coupons.

Points are never written over: a lot was given once, and each move of it says why. What a lot has
left is the sum of its moves, what a member has is the sum of its lots; the database lets neither
be below 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from datetime import date


class Member(models.Model):
    """A customer that earns points.

    Attributes:
        points: what its lots have left.
        debt: points that had to be taken back and were spent already; the next points pay it.
        recent: points of the last twelve months, as of the last night.
        tier: the name of its tier; empty for none. It holds until `tier_until`.
        noticed: the day on which the fall from the tier was announced.
        left: the day on which it left the programme; None while it is a member.
        digest: of the secret part of the address of its own page; None while there is none.
    """

    customer = models.OneToOneField(
        "customers.Customer",
        verbose_name=_("customer"),
        on_delete=models.PROTECT,
        related_name="loyalty_member",
    )
    joined = models.DateField(_("member since"))
    points = models.PositiveIntegerField(_("points"), default=0)
    debt = models.PositiveIntegerField(_("points owed"), default=0)
    recent = models.PositiveIntegerField(_("points in twelve months"), default=0)
    tier = models.CharField(_("tier"), max_length=80, blank=True)
    tier_until = models.DateField(_("tier held until"), null=True)
    noticed = models.DateField(_("fall announced on"), null=True)
    left = models.DateField(_("left on"), null=True)
    digest = models.CharField(max_length=64, unique=True, null=True)  # unique
    page_at = models.DateTimeField(_("page opened"), null=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering = ["-points", "pk"]
        indexes = [
            models.Index(fields=["-points", "id"], name="member_by_points"),
            models.Index(fields=["tier"], name="member_by_tier"),
        ]

    def __str__(self) -> str:
        return str(self.customer)


class Departure(models.Model):
    """A time in which a member was away from the programme; `back` is empty while it is.

    Orders of these days give no points, before it is back and after.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="departures")
    left = models.DateField(_("left on"))
    back = models.DateField(_("back on"), null=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("departure of a member")
        verbose_name_plural = _("departures of members")
        ordering = ["-left", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(back=None), name="one_departure_a_member"
            )
        ]

    def __str__(self) -> str:
        return f"{self.left} – {self.back or ''}"


class Award(models.Model):
    """What an order, a return or a till gives a member, as far as it is known by now.

    A till and the facts tell of the same order, in either order. What the facts say of its amount
    counts; of what came back, whichever says more.

    Attributes:
        document: `order:` and the number, `return:` and the number, or `till:` and a number.
        rate: points for 10,000 of money, of the day on which it was first known; 0 where a till
            said how many points.
        gross_till, gross_ledger: points before returns; None where that one says nothing.
        back_till, back_ledger: points of what came back.
        points: what was given for it less what was taken back.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="awards")
    document = models.CharField(max_length=250, unique=True)
    on = models.DateField(_("day"))
    expires = models.DateField(_("expires"), null=True)
    rate = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, default=0)
    gross_till = models.IntegerField(null=True)
    gross_ledger = models.IntegerField(null=True)
    back_till = models.PositiveIntegerField(default=0)
    back_ledger = models.PositiveIntegerField(default=0)
    points = models.IntegerField(default=0)
    version = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("award of points")
        verbose_name_plural = _("awards of points")
        ordering = ["-on", "-pk"]
        indexes = [models.Index(fields=["member", "on"], include=["points"], name="award_recent")]

    def __str__(self) -> str:
        return self.document

    @property
    def gross(self) -> int:
        """Points before returns."""
        return self.gross_ledger if self.gross_ledger is not None else self.gross_till or 0

    @property
    def net(self) -> int:
        """Points that it should give by now; below 0 for a return without an order."""
        back = max(self.back_till, self.back_ledger)
        return self.gross - min(back, max(self.gross, 0))


class Lot(models.Model):
    """Points that a member was given at once.

    Attributes:
        source: what they were given for; nothing gives points twice.
        expires: the last day on which they can be spent; None for never.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="lots")
    award = models.ForeignKey(Award, on_delete=models.PROTECT, null=True, related_name="lots")
    source = models.CharField(max_length=300, unique=True)
    points = models.PositiveIntegerField(_("points"))
    earned = models.DateField(_("earned"))
    expires = models.DateField(_("expires"), null=True)
    left = models.PositiveIntegerField(_("left"))

    class Meta:
        verbose_name = _("lot of points")
        verbose_name_plural = _("lots of points")
        ordering = [models.F("expires").asc(nulls_last=True), "earned", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(left__lte=models.F("points")), name="lot_not_more_than_given"
            )
        ]
        indexes = [
            models.Index(
                fields=["member", "expires"], condition=models.Q(left__gt=0), name="lot_left"
            ),
            models.Index(
                fields=["expires"],
                include=["member", "left"],
                condition=models.Q(left__gt=0),
                name="lot_expiring",
            ),
        ]

    def __str__(self) -> str:
        return self.source

    def usable(self, day: date) -> bool:
        """Whether its points can be spent on a day."""
        return self.expires is None or self.expires >= day


class Operation(models.Model):
    """One change of a member's points.

    Attributes:
        key: of whoever asked, so that it is done once; None where the moves alone say so.
        points, debt: by how many each changed.
        reverses: what it takes back, whole or in part.
    """

    class Kind(models.TextChoices):
        EARNED = "earned", _("earned")
        SPENT = "spent", _("spent")
        RESTORED = "restored", _("restored")
        TAKEN_BACK = "taken-back", _("taken back")
        EXPIRED = "expired", _("expired")
        CORRECTED = "corrected", _("corrected")
        CLOSED = "closed", _("closed")

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="operations")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    key = models.CharField(max_length=400, unique=True, null=True)  # unique
    points = models.IntegerField(_("points"))
    debt = models.IntegerField(default=0)
    order = models.CharField(_("order"), max_length=200, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=2, null=True)
    award = models.ForeignKey(Award, on_delete=models.PROTECT, null=True, related_name="operations")
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="reversals"
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of points")
        verbose_name_plural = _("changes of points")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["member", "-at"], name="operation_of_member")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.points:+d}"


class Move(models.Model):
    """Points that went into a lot or out of it."""

    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="moves")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="moves")
    delta = models.IntegerField(_("points"))
    key = models.CharField(max_length=320, unique=True)

    class Meta:
        verbose_name = _("move of points")
        verbose_name_plural = _("moves of points")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.delta:+d}"


class TierPeriod(models.Model):
    """A time for which a member is, or was, in a tier; `ended` is empty while it is."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="periods")
    tier = models.CharField(_("tier"), max_length=80)
    since = models.DateField(_("since"))
    until = models.DateField(_("held until"), null=True)
    ended = models.DateField(_("ended"), null=True)

    class Meta:
        verbose_name = _("time in a tier")
        verbose_name_plural = _("times in tiers")
        ordering = ["-since", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(ended=None), name="one_tier_a_member"
            )
        ]

    def __str__(self) -> str:
        return self.tier


class Coupon(models.Model):
    """What a member may redeem once: for points, or as a gift.

    Attributes:
        worth: in the base currency; None for a thing or a service.
        operation: the spending of points that paid for it.
        order: the number of the order at which it was redeemed.
    """

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(_("code"), max_length=16, unique=True)
    title = models.CharField(_("title"), max_length=80)
    worth = models.DecimalField(_("worth"), max_digits=18, decimal_places=2, null=True)
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, related_name="coupons"
    )
    expires = models.DateField(_("valid until"), null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    issued_at = models.DateTimeField(_("issued"))
    redeemed_at = models.DateTimeField(_("redeemed"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    order = models.CharField(_("order"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("coupon")
        verbose_name_plural = _("coupons")
        ordering = ["-issued_at", "-pk"]
        indexes = [models.Index(fields=["member", "-issued_at"], name="coupon_of_member")]

    def __str__(self) -> str:
        return f"{self.title} {self.code}"

    def state(self, day: date) -> str:
        """`open`, `redeemed`, `cancelled` or `expired`."""
        if self.redeemed_at:
            return "redeemed"
        if self.cancelled_at:
            return "cancelled"
        return "expired" if self.expires and self.expires < day else "open"


class Landed(models.Model):
    """Up to which version the facts have given points, and by which version of the rules."""

    ledger_version = models.PositiveIntegerField(default=0)
    rules_version = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("state of the facts")
        verbose_name_plural = _("states of the facts")

    def __str__(self) -> str:
        return str(self.ledger_version)
