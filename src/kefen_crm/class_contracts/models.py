from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Objection(models.Model):
    """Somebody disagrees with the class of a customer; who may grade answers.

    Attributes:
        class_key: the class that was objected to; None while unrated.
        by: who noted it.
        task: the task that looks into it.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("objection", "open")
        UPHELD = "upheld", _("upheld")
        DECLINED = "declined", _("declined")

    customer = models.ForeignKey(
        "customers.Customer", on_delete=models.PROTECT, related_name="class_objections"
    )
    scheme = models.ForeignKey("grading.Scheme", on_delete=models.CASCADE, related_name="+")
    class_key = models.CharField(max_length=80, null=True)
    text = models.TextField(_("why the class is not right"), max_length=2000)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    task = models.ForeignKey(
        "activities.Task", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    answer = models.TextField(_("answer"), max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("objection to a class")
        verbose_name_plural = _("objections to classes")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["customer", "scheme"], name="objections_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer} · {self.scheme}"
