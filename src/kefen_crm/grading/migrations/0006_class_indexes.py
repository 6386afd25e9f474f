import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_pinyin"),
        ("grading", "0005_following"),
    ]

    operations = [
        migrations.AlterField(
            model_name="customerclass",
            name="customer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="classes",
                to="customers.customer",
            ),
        ),
        migrations.AlterField(
            model_name="customerclass",
            name="scheme",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="customer_classes",
                to="grading.scheme",
            ),
        ),
    ]
