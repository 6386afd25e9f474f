"""The few customers that no list shows are found at once, to be left out of what is counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0008_reach_watched")]
    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                fields=["id"],
                condition=models.Q(standing__in=("facts", "site"), _negated=True),
                name="customer_set_aside",
            ),
        ),
    ]
