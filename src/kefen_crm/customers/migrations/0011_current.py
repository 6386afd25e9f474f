"""The customers that lists show are counted by their keys alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_marks_by_column")]
    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["id"],
                condition=models.Q(standing__in=("facts", "site")),
                name="customer_current",
            ),
        ),
    ]
