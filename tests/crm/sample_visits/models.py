from django.db import models


class Visit(models.Model):
    """Somebody went to see a customer."""

    customer = models.ForeignKey("customers.Customer", models.PROTECT, related_name="sample_visits")
    on = models.DateField()
    note = models.CharField(max_length=200)

    class Meta:
        app_label = "sample_visits"

    def __str__(self):
        return self.note
