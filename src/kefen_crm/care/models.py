"""What customers were given by rules of care, or why not: one row for each time of an occasion."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from kefen_crm.activities.models import Task
from kefen_crm.outreach.models import Message, Why

LATE: Final = "late"
"""The occasion was over before anything could be made."""
NOBODY: Final = "nobody"
"""Nobody looks after the customer, or nobody who works here."""


NO_TEMPLATE: Final = "no-template"
"""The template of the rule is not in use, or has no words in the language."""


class Care(models.Model):
    """An occasion of a customer that a rule was for: a task, a message, or why neither was made.

    Attributes:
        key: tells it from others for good, so that an occasion is answered once.
        rule, wording: the name of the rule, and the version of the document.
        day: of the occasion; `due_on` of what is made for it.
        class_key: the customer's class on that day, by the leading scheme.
        why: a word of `Why`, `late`, `nobody` or `no-template`.
    """

    key = models.CharField(max_length=240, unique=True)
    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="cares"
    )
    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    rule = models.CharField(_("rule"), max_length=80)
    wording = models.PositiveIntegerField(_("version"))
    occasion = models.CharField(_("occasion"), max_length=14)
    day = models.DateField(_("on"))
    due_on = models.DateField(_("due on"))
    class_key = models.CharField(max_length=80, blank=True)
    minutes = models.PositiveIntegerField(default=0)
    money = models.PositiveIntegerField(default=0)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    why = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("care")
        verbose_name_plural = _("care")
        ordering = ["-due_on", "-pk"]
        indexes = [
            models.Index(fields=["customer", "-day"], name="care_of_customer"),
            models.Index(fields=["rule", "-due_on"], name="care_of_rule"),
            models.Index(fields=["-at"], condition=models.Q(why="late"), name="care_too_late"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} · {self.customer}"

    @property
    def outcome(self) -> str:
        """What became of it, in words."""
        if self.task:
            return str(self.task.get_state_display())
        if self.message:
            return str(self.message.get_state_display())
        return said(self.why)


def said(why: str) -> str:
    """Why nothing was made, in words."""
    if why == LATE:
        return _t("came too late")
    if why == NOBODY:
        return _t("nobody looks after the customer")
    if why == NO_TEMPLATE:
        return _t("the template is not in use, or has no text in the language")
    return str(Why(why).label) if why in Why.values else why
