"""The customers that people typed in are found without reading all."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0013_parts_by_number")]
    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("origin", "site")),
                fields=["code"],
                name="customer_typed_in",
            ),
        ),
    ]
