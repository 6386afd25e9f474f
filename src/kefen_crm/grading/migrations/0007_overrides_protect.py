import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0006_class_indexes"),
        ("customers", "0004_standing_edits"),
    ]

    operations = [
        migrations.AlterField(
            model_name="override",
            name="customer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="overrides",
                to="customers.customer",
            ),
        ),
    ]
